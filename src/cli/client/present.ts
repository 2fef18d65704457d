import type { Json, JsonObject } from '../../kernel/index.ts';
import { isTerminal, outputWidth, printable } from '../output.ts';
import type { ServedType } from '../resources/schemas.ts';
import { type Column, tableLines } from '../table.ts';

/** A list as a table: a line per resource, a column per property of the type that any of them has. */
export function listLines(type: ServedType, resources: readonly JsonObject[]): readonly string[] {
  const names = type.properties
    .map(({ name }) => name)
    .filter((name) => resources.length === 0 || resources.some((resource) => Object.hasOwn(resource, name)));
  const columns: readonly Column[] = names.map((name) => ({ heading: printable(name), whole: name === 'id' }));
  const rows = resources.map((resource) => names.map((name) => cell(resource[name])));
  return tableLines(columns, rows, { width: isTerminal() ? outputWidth() : null });
}

/** One resource as a table: a line per property, then what the server shows beyond them. */
export function resourceLines(type: ServedType, resource: JsonObject): readonly string[] {
  const names = new Set([...type.properties.map(({ name }) => name), ...Object.keys(resource)]);
  const rows = [...names]
    .filter((name) => Object.hasOwn(resource, name))
    .map((name) => [printable(name), cell(resource[name])]);
  return tableLines([{ heading: 'property' }, { heading: 'value' }], rows, { width: null });
}

function cell(value: Json | undefined): string {
  if (value === undefined) return '';
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}
