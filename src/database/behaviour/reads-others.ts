import {
  type Behaviour,
  type Child,
  type Condition,
  conditionReadsOthers,
  type ResourceType,
  readsOthers,
  type Value,
} from '../../schema/index.ts';

/** Whether the behaviour of a type depends on other resources that no lock keeps as they are. */
export function followsFromOthers({ behaviour, statusMachine, properties }: ResourceType): boolean {
  const { values, conditions } = partsOf(behaviour);
  // A declared relation is locked. A relation that only the status machine declares is not.
  const inputs = [...(statusMachine?.inputs.values() ?? [])];
  const isUndeclared = ({ relation }: { readonly relation: string }): boolean =>
    properties.every(({ name, relation: declared }) => name !== relation || declared === null);
  return (
    values.some(readsOthers) ||
    conditions.some(conditionReadsOthers) ||
    behaviour.updates.some(({ path }) => path.length > 1) ||
    inputs.some(isUndeclared)
  );
}

interface ReadParts {
  readonly values: readonly Value[];
  readonly conditions: readonly Condition[];
}

function partsOf(behaviour: Behaviour): ReadParts {
  const { ensures, pools, counters, allocations, children, updates, followUps, requires, steps } = behaviour;
  const family = children.flatMap(withDescendants);
  const values: readonly (Value | null)[] = [
    ...ensures.flatMap(({ id, properties }) => [id, ...properties.values()]),
    ...[...pools.values()].flatMap(({ first, last, reserved, offers, withheld }) => [
      ...[first, last, reserved, offers, withheld],
    ]),
    ...[...counters.values()].map(({ capacity }) => capacity),
    ...allocations.flatMap((allocation) =>
      allocation.kind === 'counter' ? [allocation.from, allocation.amount] : [allocation.from],
    ),
    ...family.flatMap(({ properties }) => [...properties.values()]),
    ...updates.flatMap(({ set, onDelete }) => [...set.values(), ...onDelete.values()]),
    ...followUps.flatMap(({ set }) => [...set.values()]),
    ...steps.map((step) => (step.kind === 'initial' ? step.value : null)),
  ];
  const conditions: readonly (Condition | null)[] = [
    ...[...allocations, ...family, ...updates, ...followUps].map(({ when }) => when),
    ...requires.map(({ that }) => that),
  ];
  return {
    values: values.filter((value) => value !== null),
    conditions: conditions.filter((condition) => condition !== null),
  };
}

function withDescendants(child: Child): readonly Child[] {
  return [child, ...child.children.flatMap(withDescendants)];
}
