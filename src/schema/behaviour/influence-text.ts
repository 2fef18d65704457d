import { endOfPath } from '../mapping-checks.ts';
import type { Model, ResourceType } from '../model.ts';
import type { Child } from './behaviour.ts';
import { article, type Sentence, sentence, type Wording } from './behaviour-text.ts';

/** Describes how other types affect the resources of a type: one sentence for each way. */
export function influenceText(type: ResourceType, { model, style }: Wording): readonly Sentence[] {
  const sentences = [...model.types.values()].flatMap((other) => {
    const a = `${article(other.id)} ${style.type(other.id)}`;
    const { ensures, allocations, children, updates, followUps } = other.behaviour;
    const inputs = [...(other.statusMachine?.inputs.values() ?? [])];
    return [
      ...ensures.filter((ensured) => ensured.type === type.id).map(() => `${a} has it made first, unless it exists.`),
      ...allocations
        .filter((allocation) => allocation.type === type.id)
        .map(
          (allocation) =>
            `${a} takes from ${style.name(allocation.kind === 'pool' ? allocation.pool : allocation.counter)}.`,
        ),
      ...descendants(children)
        .filter((child) => child.type === type.id)
        .map(({ name }) => `${a} brings it along (${style.name(name)}); then it changes and goes with that.`),
      ...updates
        .filter(({ path }) => endOfPath(path, model, other)?.id === type.id)
        .map(({ set }) => {
          const names = [...set.keys()].map(style.name);
          return `${a} ${names.length === 0 ? 'makes' : `sets ${names.join(', ')} and makes`} a new version of it.`;
        }),
      ...followUps
        .filter(({ watches }) => watches.some((watched) => watched.type === type.id))
        .map(
          ({ set }) =>
            `When it changes, ${a.charAt(0).toLowerCase()}${a.slice(1)} may set ${[...set.keys()].map(style.name).join(', ')}.`,
        ),
      ...inputs
        .filter((input) => (input.type ?? other.property.get(input.relation)?.relation) === type.id)
        .map(({ field }) => `The status of ${a.charAt(0).toLowerCase()}${a.slice(1)} reads ${style.name(field)}.`),
    ];
  });
  return [...new Set(sentences)].map((text) => sentence(text));
}

/** Children, and theirs, at any depth. */
export function descendants(children: readonly Child[]): readonly Child[] {
  return children.flatMap((child) => [child, ...descendants(child.children)]);
}

/** The types that refer to a type, and the property by which they do. */
export function referrersOf(
  type: ResourceType,
  { model, style }: { readonly model: Pick<Model, 'referrers'>; readonly style: Wording['style'] },
): readonly string[] {
  const referrers = model.referrers.get(type.id) ?? [];
  return referrers.map(({ type: from, field }) => `${style.type(from)} (${style.name(field)})`);
}
