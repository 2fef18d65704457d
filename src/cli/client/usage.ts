import { printable } from '../output.ts';
import type { ServedAction, ServedProperty, ServedSchemas, ServedType } from '../resources/schemas.ts';
import { tableLines } from '../table.ts';

/** The types of a server, a line each. */
export function typeLines({ types }: ServedSchemas): readonly string[] {
  const rows = types.map(({ id, title, url }) => [id, title, url].map(printable));
  return tableLines([{ heading: 'type' }, { heading: 'title' }, { heading: 'url' }], rows, { width: null });
}

/** The verbs and actions of a type, and its properties. */
export function usageLines(type: ServedType): readonly string[] {
  const command = `kamado client ${type.id}`;
  const rows = type.properties.map((property) => [
    `--${property.name}`,
    kindText(property),
    permissionText(property),
    property.description === '' ? property.title : property.description,
  ]);
  const columns = ['property', 'value', 'permission', 'meaning'].map((heading) => ({ heading }));
  const lines = [
    `${type.title} (${type.url})`,
    '',
    `  ${command} list [--property value …] [--limit n] [--offset n] [--sort_key property] [--sort_order asc|desc]`,
    `  ${command} show <id-or-name>`,
    `  ${command} create --property value …`,
    `  ${command} set --property value … <id-or-name>`,
    `  ${command} delete <id-or-name>`,
    ...type.actions.map((action) => `  ${command} ${actionText(action)}`),
    '',
  ];
  const cells = rows.map((row) => row.map(printable));
  return [
    ...lines.map(printable),
    ...tableLines(columns, cells, { width: null }),
    '',
    '<null> is null; objects and lists are given as JSON; behind -- every option is a property.',
  ];
}

function actionText({ name, path, input, description }: ServedAction): string {
  const fields = input.map((field) => (field.required ? `--${field.name} value ` : `[--${field.name} value] `));
  const line = `${name} ${fields.join('')}${path.startsWith('/:id/') ? '<id-or-name>' : ''}`.trimEnd();
  return description === '' ? line : `${line}   ${description}`;
}

function kindText({ kind, relation }: ServedProperty): string {
  return relation === null ? kind : `id or name of ${relation}`;
}

function permissionText({ creatable, updatable, required }: ServedProperty): string {
  const create = required ? 'create (required)' : 'create';
  return [creatable ? create : '', updatable ? 'set' : ''].filter((text) => text !== '').join(', ');
}
