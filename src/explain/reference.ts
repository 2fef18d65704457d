import type { Catalog, CatalogRow } from '../catalog/index.ts';
import {
  actionsOf,
  behaviourText,
  influenceText,
  type Model,
  type ResourceType,
  referrersOf,
  type Sentence,
} from '../schema/index.ts';
import { shapeText } from './action-text.ts';
import { graphOf } from './graph.ts';
import { type HandlerWords, handlersText } from './handler-text.ts';
import { anchorsOf, bullets, code, plain, table, value } from './markdown.ts';
import { type LinkTo, propertyTable } from './property-table.ts';
import { machinesOf, rulesText, statusText } from './status-text.ts';
import { machineWords, type TypeStyle } from './type-style.ts';

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
  const machine = linksTo(
    machines.map((one) => one.name),
    anchors.slice(2 + types.length),
    machineWords,
  );
  const style: TypeStyle = { name: code, value, type: linkTo, machine };
  const parts = [
    `# ${plain(title)}`,
    'Made by `kamado catalog docs`: change the catalogue instead.',
    table(
      ['type', '', 'worked on by'],
      types.map((type) => summaryOf(type, linkTo)),
    ),
    `## ${GRAPH_HEADING}`,
    'A thick line leads to the parent, a dotted one from a handler to what it works on, to a resource that comes along (`comes along`), and to one that is changed (`changes`).',
    `\`\`\`mermaid\n${graphOf(model)}\n\`\`\``,
    ...types.flatMap((type) => typeSection(model, type, rows, style)),
    ...machines.flatMap((one) => [
      `## ${machineHeading(one)}`,
      'The first matching rule decides; if none matches, the status stays as it is.',
      rulesText(one.rules, style),
    ]),
  ];
  return `${parts.join('\n\n')}\n`;
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

function summaryOf(type: ResourceType, linkTo: LinkTo): readonly string[] {
  const handlers = [...new Set(type.handlers.map(({ handler }) => code(handler)))];
  return [linkTo(type.id), plain(String(type.document.title)), handlers.join(', ')];
}

function typeSection(
  model: Model,
  type: ResourceType,
  rows: readonly CatalogRow[],
  style: TypeStyle,
): readonly string[] {
  const { title, description } = type.document;
  const words = typeof description === 'string' && description !== '' ? ` ${plain(description)}` : '';
  const status = statusText(type, style);
  const wording = { model, style };
  return [
    `## ${type.id}`,
    `**${plain(String(title)).replace(/[.]?$/, '.')}**${words}`,
    factsOf(model, type, rows, style)
      .map((fact) => `- ${fact}`)
      .join('\n'),
    propertyTable(type, style.type),
    ...listed('What it does by itself:', behaviourText(type, wording)),
    ...listed('What others do to it:', influenceText(type, wording)),
    ...(status === null ? [] : [status]),
    ...handlersText(type, rows, style).flatMap(handlerSection),
    ...actionSection(type),
  ];
}

function listed(heading: string, sentences: readonly Sentence[]): readonly string[] {
  return sentences.length === 0 ? [] : [heading, bullets(sentences)];
}

function handlerSection({ text, templates }: HandlerWords): readonly string[] {
  const sections = templates.map((template) => {
    if (template.parameters.length === 0) return [template.text];
    return [template.text, table(['parameter', 'comes from'], template.parameters)];
  });
  return [text, ...sections.flat()];
}

function factsOf(model: Model, type: ResourceType, rows: readonly CatalogRow[], style: TypeStyle): readonly string[] {
  const cascade = type.property.get(`${type.parent}_id`)?.onDeleteCascade === true ? ', deleted along with it' : '';
  const referrers = referrersOf(type, { model, style });
  const ids = rows.filter((row) => row.type === type.id).map(({ id }) => code(id));
  const together = type.uniqueTogether.map((columns) => columns.map(code).join(' and '));
  return [
    type.routed ? `URL: ${code(type.url)}` : 'Has no resources of its own.',
    ...(type.parent === null ? [] : [`Child of ${style.type(type.parent)}${cascade}.`]),
    ...(referrers.length === 0 ? [] : [`Referred to by ${referrers.join(', ')}.`]),
    ...together.map((columns) => `Unique together: ${columns}.`),
    ...(type.handlers.length === 0 && type.routed ? ['Nothing works on it.'] : []),
    ...(type.synced ? [] : ['Not mirrored to the store.']),
    ...(ids.length === 0 ? [] : [`There from the start: ${ids.join(', ')}.`]),
  ];
}

/** The actions that a schema declares (compatibility A5). */
function actionSection(type: ResourceType): readonly string[] {
  const actions = actionsOf(type);
  if (actions.length === 0) return [];
  const rows = actions.map(({ name, method, path, description, input, output }) => [
    code(name),
    code(method),
    code(path),
    shapeText(input, code),
    shapeText(output, code),
    plain(description),
  ]);
  return [table(['action', 'method', 'path', 'input', 'output', 'meaning'], rows)];
}
