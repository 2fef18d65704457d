import type { Random } from '../../../test/simulation/random.ts';
import { CANARY, hostileValue } from './hostile-values.ts';

/** The part of a served property's schema that the fuzzer understands. */
export interface PropertySchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: PropertySchema;
  readonly relation?: string;
  readonly permission?: readonly string[];
  readonly properties?: { readonly [name: string]: PropertySchema };
}

/** The known ids of each type. */
export type KnownIds = ReadonlyMap<string, readonly string[]>;

/** The share of values that the schema doesn't allow. */
const HOSTILE = 0.15;

/** A value for a property: mostly one that its schema allows. */
export function propertyValue(name: string, schema: PropertySchema, random: Random, ids: KnownIds): unknown {
  if (/password/.test(name)) return random.chance(0.9) ? CANARY : [CANARY];
  if (random.chance(HOSTILE)) return hostileValue(random);
  if (schema.relation !== undefined) return idOf(schema.relation, random, ids);
  if (schema.enum !== undefined && schema.enum.length > 0) return random.pick(schema.enum);
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? ['string']);
  return typedValue(random.pick(types), schema, random, ids);
}

function typedValue(type: string, schema: PropertySchema, random: Random, ids: KnownIds): unknown {
  switch (type) {
    case 'null':
      return null;
    case 'boolean':
      return random.chance(0.5);
    case 'integer':
      return (schema.minimum ?? 0) + random.integer(1_000);
    case 'number':
      return random.integer(100_000) / 100;
    case 'array':
      return Array.from({ length: random.integer(4) }, () => propertyValue('', schema.items ?? {}, random, ids));
    case 'object':
      return schema.properties === undefined
        ? { a: random.integer(10), b: { c: 'd' } }
        : Object.fromEntries(Object.entries(schema.properties).map(([n, s]) => [n, propertyValue(n, s, random, ids)]));
    default:
      return formattedText(schema.format, random);
  }
}

/** Addresses are those of loopback, because Kamado may connect to them. */
function formattedText(format: string | undefined, random: Random): string {
  switch (format) {
    case 'ipv4':
      return `127.0.0.${random.integer(256)}`;
    case 'cidr':
      return `127.0.${random.integer(256)}.0/24`;
    case 'hyph-uuid':
    case 'uuid':
      return random.uuid();
    case 'non-hyph-uuid':
      return random.uuid().replaceAll('-', '');
    default:
      return `text-${random.integer(50)}`;
  }
}

/** A known id, or one that no resource has. */
export function idOf(type: string, random: Random, ids: KnownIds): string {
  const known = ids.get(type) ?? [];
  return known.length > 0 && random.chance(0.9) ? random.pick(known) : random.uuid();
}
