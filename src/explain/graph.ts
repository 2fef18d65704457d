import { type Child, endOfPath, type Model, type ResourceType } from '../schema/index.ts';

/**
 * The types of a model as a Mermaid flowchart: relations, with thick lines to parents; and dotted lines from handlers
 * to the types that they work on, and from types to those that they create along and to those that they change.
 */
export function graphOf({ types }: Pick<Model, 'types'>): string {
  const listed = [...types.values()];
  const nodes = new Map(listed.map(({ id }, i) => [id, `type${i + 1}`]));
  const handlers = new Map<string, string>();
  for (const { handler } of listed.flatMap((type) => type.handlers)) {
    if (!handlers.has(handler)) handlers.set(handler, `handler${handlers.size + 1}`);
  }
  const lines = [
    'flowchart LR',
    ...listed.map((type) => `  ${nodes.get(type.id)}[${label(type.id)}]`),
    ...[...handlers].map(([handler, node]) => `  ${node}([${label(handler)}])`),
    ...listed.flatMap((type) => edgesOf(type, nodes)),
    ...listed.flatMap((type) => effectsOf(type, types, nodes)),
    ...listed.flatMap((type) => {
      const working = new Set(type.handlers.map(({ handler }) => handler));
      return [...working].map((handler) => `  ${handlers.get(handler)} -.-> ${nodes.get(type.id)}`);
    }),
  ];
  return lines.join('\n');
}

function edgesOf(type: ResourceType, nodes: ReadonlyMap<string, string>): readonly string[] {
  return type.properties.flatMap(({ name, relation }) => {
    const target = relation === null ? undefined : nodes.get(relation);
    if (target === undefined) return [];
    const arrow = name === `${type.parent}_id` ? '==>' : '-->';
    return [`  ${nodes.get(type.id)} ${arrow}|${label(name)}| ${target}`];
  });
}

function effectsOf(type: ResourceType, types: Model['types'], nodes: ReadonlyMap<string, string>): readonly string[] {
  const { children, updates } = type.behaviour;
  const effects = [
    ...childEdges(type.id, children),
    ...updates.map(({ path }) => [type.id, 'changes', endOfPath(path, { types }, type)?.id] as const),
  ];
  const edges = effects.flatMap(([from, what, to]) => {
    const [source, target] = [nodes.get(from), to === undefined ? undefined : nodes.get(to)];
    return source === undefined || target === undefined ? [] : [`  ${source} -.->|${label(what)}| ${target}`];
  });
  return [...new Set(edges)];
}

type Effect = readonly [from: string, what: string, to: string | undefined];

function childEdges(parent: string, children: readonly Child[]): readonly Effect[] {
  return children.flatMap(({ type, children: below }): readonly Effect[] => [
    [parent, 'comes along', type],
    ...childEdges(type, below),
  ]);
}

/** A quoted label: names have no special character of Mermaid, but may equal words of its language. */
function label(text: string): string {
  return `"${text.replaceAll('#', '#35;').replaceAll('"', '#quot;')}"`;
}
