import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { Model, ResourceType } from '../../model/model.ts';
import type { Catalog } from '../catalog.ts';
import type { CatalogRow } from '../catalog-rows.ts';
import { graphOf } from './graph.ts';
import { handlersText } from './handler-text.ts';
import { anchorsOf, code, plain, table } from './markdown.ts';
import { type LinkTo, propertyTable } from './property-table.ts';
import { machinesOf, rulesText, statusText } from './status-text.ts';

const GRAPH_HEADING = 'What refers to what';

/** The reference of a catalogue as Markdown: the same text for the same catalogue. Holds no secrets. */
export function catalogReference(name: string, { model, rows }: Pick<Catalog, 'model' | 'rows'>): string {
  const types = [...model.types.values()];
  const machines = machinesOf(types);
  const title = `Catalogue ${name}`;
  const headings = [title, GRAPH_HEADING, ...types.map(({ id }) => id), ...machines.map(machineHeading)];
  const anchors = anchorsOf(headings);
  const linkTo = linksTo(
    types.map(({ id }) => id),
    anchors.slice(2),
    (id) => id,
  );
  const linkToMachine = linksTo(
    machines.map((one) => one.name),
    anchors.slice(2 + types.length),
    machineWords,
  );
  const parts = [
    `# ${plain(title)}`,
    'Made by `kamado catalog docs`: change the catalogue instead.',
    table(
      ['type', '', 'worked on by'],
      types.map((type) => summaryOf(type, linkTo)),
    ),
    `## ${GRAPH_HEADING}`,
    'A thick line leads to the parent, a dotted one from a handler to what it works on.',
    `\`\`\`mermaid\n${graphOf(model)}\n\`\`\``,
    ...types.flatMap((type) => typeSection(model, type, rows, { linkTo, linkToMachine })),
    ...machines.flatMap((machine) => [
      `## ${machineHeading(machine)}`,
      'The first rule that fits decides; where none does, the status stays as it is.',
      rulesText(machine.rules),
    ]),
  ];
  return `${parts.join('\n\n')}\n`;
}

interface Links {
  readonly linkTo: LinkTo;
  readonly linkToMachine: LinkTo;
}

function linksTo(names: readonly string[], anchors: readonly string[], words: (name: string) => string): LinkTo {
  const known = new Map(names.map((name, i) => [name, anchors[i]]));
  return (name) => {
    const anchor = known.get(name);
    return anchor === undefined ? plain(words(name)) : `[${plain(words(name))}](#${anchor})`;
  };
}

function machineHeading({ name }: { readonly name: string }): string {
  return `The ${machineWords(name)}`;
}

function machineWords(name: string): string {
  return `status machine ${name}`;
}

function summaryOf(type: ResourceType, linkTo: LinkTo): readonly string[] {
  const handlers = [...new Set(type.handlers.map(({ handler }) => code(handler)))];
  return [linkTo(type.id), plain(String(type.document.title)), handlers.join(', ')];
}

function typeSection(
  model: Model,
  type: ResourceType,
  rows: readonly CatalogRow[],
  { linkTo, linkToMachine }: Links,
): readonly string[] {
  const { title, description } = type.document;
  const words = typeof description === 'string' && description !== '' ? ` ${plain(description)}` : '';
  const status = statusText(type, linkTo, linkToMachine);
  return [
    `## ${type.id}`,
    `**${plain(String(title)).replace(/[.]?$/, '.')}**${words}`,
    factsOf(model, type, rows, linkTo)
      .map((fact) => `- ${fact}`)
      .join('\n'),
    propertyTable(type, linkTo),
    ...(status === null ? [] : [status]),
    ...handlersText(type, rows),
    ...actionsOf(type.document),
  ];
}

function factsOf(model: Model, type: ResourceType, rows: readonly CatalogRow[], linkTo: LinkTo): readonly string[] {
  const cascade = type.property.get(`${type.parent}_id`)?.onDeleteCascade === true ? ', deleted along with it' : '';
  const referrers = (model.referrers.get(type.id) ?? []).map(
    ({ type: from, field }) => `${linkTo(from)} (${code(field)})`,
  );
  const ids = rows.filter((row) => row.type === type.id).map(({ id }) => code(id));
  const together = type.uniqueTogether.map((columns) => columns.map(code).join(' and '));
  return [
    type.routed ? `URL: ${code(type.url)}` : 'Has no resources of its own.',
    ...(type.parent === null ? [] : [`Child of ${linkTo(type.parent)}${cascade}.`]),
    ...(referrers.length === 0 ? [] : [`Referred to by ${referrers.join(', ')}.`]),
    ...together.map((columns) => `Unique together: ${columns}.`),
    ...(type.handlers.length === 0 && type.routed ? ['Nothing works on it.'] : []),
    ...(type.synced ? [] : ['Not mirrored to the store.']),
    ...(ids.length === 0 ? [] : [`There from the start: ${ids.join(', ')}.`]),
  ];
}

/** The actions that a schema declares (gohan.md §2.1). */
function actionsOf({ actions }: JsonObject): readonly string[] {
  const listed = Object.entries(isJsonObject(actions) ? actions : {});
  if (listed.length === 0) return [];
  const rows = listed.map(([name, action]) => {
    const { method, path, description } = isJsonObject(action) ? action : {};
    const texts = [method, path].map((part) => (typeof part === 'string' ? code(part) : ''));
    return [code(name), ...texts, typeof description === 'string' ? plain(description) : ''];
  });
  return [table(['action', 'method', 'path', 'meaning'], rows)];
}
