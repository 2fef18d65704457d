import type { HookSubject, Transaction, TransactionEvent, TransactionHooks } from '../../src/database/hooks.ts';
import type { TransactionFunction } from '../../src/database/sql.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import type { Random } from '../simulation/random.ts';
import { modelOf, refersTo, schema, string, versioned } from './helpers.ts';

const integer = { type: 'integer', default: 0 };

/** Items lie in boxes; hooks of both write tokens, those of items boxes as well: so no hook causes itself. */
export const model = modelOf(
  schema('token', { n: integer, label: string }),
  schema('box', { n: integer, label: string }),
  schema('item', { n: integer, label: string, box_id: refersTo('box') }, versioned),
);

export const BOXES = ['b0', 'b1'] as const;
export const ITEMS = ['i0', 'i1', 'i2', 'i3'] as const;
export const LABELS = ['x', 'y'] as const;

/** What a hook refuses with. */
export class Refused extends Error {}

/** Where a value comes from: said, or the resource that the hook is about. */
type Source = { readonly reported: string } | { readonly field: 'label' | 'box_id' };

/** A step of a program, which carries one number along: what it reads goes into it, and what it writes comes of it. */
type Step =
  | {
      readonly kind: 'count' | 'sum';
      readonly type: string;
      readonly by: 'label' | 'box_id' | null;
      readonly of: Source;
    }
  | { readonly kind: 'get'; readonly type: string; readonly of: Source }
  | { readonly kind: 'refuse'; readonly from: number }
  | { readonly kind: 'update' | 'remove'; readonly type: string; readonly of: Source }
  | { readonly kind: 'create'; readonly type: string; readonly prefix: string };

/** A hook that was thrown together: what it reads and writes, and whether it gives the resource its number. */
export interface Program {
  readonly steps: readonly Step[];
  readonly returns: boolean;
}

/** Whatever hooks would do: read, decide by it, and write what follows from it. */
export function randomProgram(random: Random, writable: readonly string[]): Program {
  const steps = Array.from({ length: 1 + random.integer(4) }, () => randomStep(random, writable));
  return { steps, returns: random.chance(0.3) };
}

function randomStep(random: Random, writable: readonly string[]): Step {
  const readable = random.pick(['token', 'box', 'item', 'item']);
  const target = random.pick(writable);
  const by = random.pick(readable === 'item' ? (['label', 'box_id', null] as const) : (['label', null] as const));
  const kind = random.pick(['count', 'sum', 'get', 'get', 'refuse', 'update', 'update', 'create', 'remove'] as const);
  switch (kind) {
    case 'count':
    case 'sum':
      return { kind, type: readable, by, of: randomSource(random, by === 'box_id' ? 'box' : 'label') };
    case 'get':
      return { kind, type: readable, of: randomSource(random, readable) };
    case 'refuse':
      return { kind, from: 2 + random.integer(8) };
    case 'update':
      return { kind, type: target, of: randomSource(random, target) };
    case 'remove':
      // Rarely, so that there is something to read.
      return random.chance(0.7)
        ? { kind: 'refuse', from: 6 }
        : { kind, type: 'token', of: randomSource(random, 'token') };
    case 'create':
      return { kind, type: target, prefix: target === 'box' ? 'b' : 't' };
  }
}

function randomSource(random: Random, what: string): Source {
  switch (what) {
    case 'label':
      return random.chance(0.5) ? { field: 'label' } : { reported: random.pick(LABELS) };
    case 'box':
      return random.chance(0.5) ? { field: 'box_id' } : { reported: random.pick(BOXES) };
    case 'item':
      return { reported: random.pick(ITEMS) };
    default:
      return { reported: `t${random.integer(3)}` };
  }
}

/** Carries a program out; gives the number that it ends with. */
export function* carryOut(program: Program, resource: JsonObject, tx: Transaction): TransactionFunction<number> {
  let carried = Number(resource.n ?? 0);
  for (const step of program.steps) carried = yield* carryOutStep(step, resource, tx, carried);
  return carried;
}

function* carryOutStep(
  step: Step,
  resource: JsonObject,
  tx: Transaction,
  carried: number,
): TransactionFunction<number> {
  switch (step.kind) {
    case 'count':
      return carried + (yield* tx.list(step.type, whereOf(step, resource))).length;
    case 'sum': {
      const rows = yield* tx.list(step.type, whereOf(step, resource));
      return rows.reduce((sum, { body }) => sum + Number(body.n ?? 0), carried);
    }
    case 'get': {
      const row = yield* tx.get(step.type, idOf(step.of, resource));
      return row === null ? carried + 5 : carried + Number(row.body.n ?? 0);
    }
    case 'refuse':
      if (carried % 11 >= step.from) throw new Refused();
      return carried;
    case 'update': {
      const row = yield* tx.get(step.type, idOf(step.of, resource));
      if (row !== null) yield* tx.update(step.type, row.id, { n: carried % 1000 });
      return row === null ? carried : carried + 1;
    }
    case 'create': {
      const id = `${step.prefix}${carried % 3}`;
      if ((yield* tx.get(step.type, id)) !== null) return carried;
      yield* tx.create(step.type, { id, n: carried % 1000, label: LABELS[carried % 2] ?? 'x' });
      return carried;
    }
    case 'remove': {
      const id = idOf(step.of, resource);
      if ((yield* tx.get(step.type, id)) !== null) yield* tx.remove(step.type, id);
      return carried;
    }
  }
}

function whereOf(
  { by, of }: { by: string | null; of: Source },
  resource: JsonObject,
): { readonly [field: string]: Json } {
  return by === null ? {} : { [by]: sourceValue(of, resource) };
}

function idOf(of: Source, resource: JsonObject): string {
  return String(sourceValue(of, resource) ?? 'none');
}

function sourceValue(of: Source, resource: JsonObject): Json {
  return 'reported' in of ? of.reported : (resource[of.field] ?? null);
}

/** Programs by 'type event'. */
export type Programs = ReadonlyMap<string, Program>;

const hooked: readonly (readonly [type: string, event: TransactionEvent])[] = [
  ['item', 'pre_create_in_transaction'],
  ['item', 'post_create_in_transaction'],
  ['item', 'pre_update_in_transaction'],
  ['item', 'post_update_in_transaction'],
  ['item', 'pre_delete_in_transaction'],
  ['item', 'post_delete_in_transaction'],
  ['item', 'pre_state_update_in_transaction'],
  ['item', 'post_state_update_in_transaction'],
  ['box', 'pre_update_in_transaction'],
];

/** Hooks for some of the events. */
export function randomPrograms(random: Random): Programs {
  const chosen = hooked.filter(() => random.chance(0.5));
  return new Map(
    chosen.map(([type, event]) => [
      `${type} ${event}`,
      randomProgram(random, type === 'item' ? ['box', 'token'] : ['token']),
    ]),
  );
}

/** Hooks that are other ones from round to round. */
export class ChangingHooks implements TransactionHooks {
  programs: Programs = new Map();

  has(type: string, event: TransactionEvent): boolean {
    return hooked.some(([hookedType, hookedEvent]) => type === hookedType && event === hookedEvent);
  }

  *run(
    type: string,
    event: TransactionEvent,
    { resource }: HookSubject,
    tx: Transaction,
  ): TransactionFunction<JsonObject | null> {
    const program = this.programs.get(`${type} ${event}`);
    if (program === undefined) return null;
    const carried = yield* carryOut(program, resource, tx);
    const returns = program.returns && (event === 'pre_create_in_transaction' || event === 'pre_update_in_transaction');
    return returns ? { n: carried % 1000 } : null;
  }
}
