import { isJsonObject, type Json, type JsonObject, MASK } from '../kernel/index.ts';
import { type Property, propertySource, type ResourceType } from '../schema/index.ts';
import { code, plain, table, value } from './markdown.ts';

/** Returns a link to the section of a type. */
export type LinkTo = (type: string) => string;

/** The properties of a type as a table. It reveals nothing about secret values. */
export function propertyTable(type: ResourceType, linkTo: LinkTo): string {
  const rows = type.properties.map((property) => {
    const source = propertySource(type, property.name) ?? {};
    return [
      code(property.name),
      kindText(property, source),
      defaultText(property),
      setterText(property, type),
      meaningText(property, source),
      property.relation === null ? '' : linkTo(property.relation),
    ];
  });
  return table(['property', 'type', 'default', 'set', 'meaning', 'refers to'], rows);
}

function kindText(property: Property, source: JsonObject): string {
  const kind = property.kind === 'array' ? `list${itemsText(source.items)}` : property.kind;
  const parts = [
    property.nullable && property.name !== 'id' ? `${kind} or null` : kind,
    ...(property.secret ? ['secret'] : restrictions(source)),
    ...(property.unique ? ['unique'] : []),
  ];
  return parts.join(', ');
}

function itemsText(items: Json | undefined): string {
  return isJsonObject(items) && typeof items.type === 'string' ? ` of ${items.type}` : '';
}

function restrictions(source: JsonObject): readonly string[] {
  const { format, enum: values, const: only, pattern } = source;
  return [
    ...(typeof format === 'string' ? [code(format)] : []),
    ...(Array.isArray(values) ? [`one of ${values.map((each: Json) => value(each)).join(' ')}`] : []),
    ...(only === undefined ? [] : [`always ${value(only)}`]),
    ...(typeof pattern === 'string' ? [`matches ${code(pattern)}`] : []),
    ...rangeText(source.minimum, source.maximum),
    ...rangeText(source.minLength, source.maxLength, 'character'),
    ...rangeText(source.minItems, source.maxItems, 'element'),
  ];
}

function rangeText(from: Json | undefined, to: Json | undefined, unit?: string): readonly string[] {
  const counted = (count: number): string =>
    unit === undefined ? String(count) : `${count} ${unit}${count === 1 ? '' : 's'}`;
  if (typeof from === 'number' && typeof to === 'number') return [`${from} to ${counted(to)}`];
  if (typeof from === 'number') return [`${counted(from)} or more`];
  return typeof to === 'number' ? [`${counted(to)} or less`] : [];
}

function defaultText({ initial, secret, default: byDefault }: Property): string {
  if (initial !== null) return 'computed';
  if (byDefault === undefined) return '';
  return secret ? code(MASK) : value(byDefault);
}

function setterText({ name, creatable, updatable }: Property, { required }: ResourceType): string {
  if (!creatable && !updatable) return 'server';
  const times = [...(creatable ? ['create'] : []), ...(updatable ? ['update'] : [])].join(', ');
  return creatable && required.includes(name) ? `${times}; required` : times;
}

function meaningText({ onDeleteCascade, sparse }: Property, { title, description }: JsonObject): string {
  const words = [title, description].filter((text) => typeof text === 'string' && text !== '');
  const cascade = onDeleteCascade ? ['Deleted along with what it refers to.'] : [];
  const absent = sparse ? ['Absent if it has no value.'] : [];
  return [...words.map((text) => plain(String(text)).replace(/[.]?$/, '.')), ...cascade, ...absent].join(' ');
}
