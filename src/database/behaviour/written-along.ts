import { endOfPath, type Model } from '../../schema/index.ts';

const writtenByModel = new WeakMap<Model, ReadonlySet<string>>();

/** Whether writes of other types write resources of this type along, through allocations or `updates`. */
export function isWrittenAlong(model: Model, typeId: string): boolean {
  const known = writtenByModel.get(model) ?? allWritten(model);
  writtenByModel.set(model, known);
  return known.has(typeId);
}

function allWritten(model: Model): ReadonlySet<string> {
  const types = [...model.types.values()];
  const givers = types.filter(({ behaviour: { pools, counters } }) => pools.size > 0 || counters.size > 0);
  const ends = types.flatMap((type) => type.behaviour.updates.map(({ path }) => endOfPath(path, model, type)?.id));
  return new Set([...givers.map(({ id }) => id), ...ends.filter((id) => id !== undefined)]);
}
