import type { Model, ResourceType } from '../../model/model.ts';

/**
 * The types of a model as a Mermaid flowchart: relations, thick ones to parents, and dotted ones from handlers to what
 * they work on.
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

/** Names have no character that Mermaid would take for its own, but quoting lets them be words of its language. */
function label(text: string): string {
  return `"${text.replaceAll('#', '#35;').replaceAll('"', '#quot;')}"`;
}
