import type { ComputeStep, PoolAllocation } from './behaviour.ts';
import { fieldsRead, fieldsReadBy } from './value-visits.ts';

/** Orders the steps so that each comes after the values that it reads. A cycle is reported, and left as it is. */
export function computeOrder(steps: readonly ComputeStep[], circle: (reason: string) => void): readonly ComputeStep[] {
  const ordered = new Set<ComputeStep>();
  const open: ComputeStep[] = [];
  const visit = (step: ComputeStep): void => {
    if (ordered.has(step)) return;
    if (open.includes(step)) {
      const names = [...open.slice(open.indexOf(step)), step].map(nameOf);
      circle(`these are computed from each other: ${names.join(' ← ')}`);
      return;
    }
    open.push(step);
    for (const before of steps) if (comesBefore(before, step)) visit(before);
    open.pop();
    ordered.add(step);
  };
  for (const step of steps) {
    if (step.kind === 'initial' && fieldsRead(step.value).has(step.property)) {
      circle(`${step.property} is computed from itself`);
    }
    visit(step);
  }
  return [...ordered];
}

function comesBefore(before: ComputeStep, step: ComputeStep): boolean {
  if (before === step) return false;
  const reads = readBy(step);
  return writtenBy(before).some((name) => reads.has(name));
}

function readBy(step: ComputeStep): ReadonlySet<string> {
  return step.kind === 'initial' ? fieldsRead(step.value) : readByAllocation(step.allocation);
}

/**
 * The properties of a resource that decide which numbers it takes of a pool. They include the properties that hold its
 * explicit requests, which come first.
 */
export function readByAllocation(allocation: PoolAllocation): ReadonlySet<string> {
  const { from, when } = allocation;
  return new Set([...fieldsRead(from), ...(when === null ? [] : fieldsReadBy(when)), ...setByAllocation(allocation)]);
}

/** The properties that hold the numbers of a pool. */
function setByAllocation({ into, owner, each }: PoolAllocation): readonly string[] {
  if (each !== null) return [each];
  return owner === null ? [into] : [into, owner];
}

function writtenBy(step: ComputeStep): readonly string[] {
  return step.kind === 'initial' ? [step.property] : setByAllocation(step.allocation);
}

function nameOf(step: ComputeStep): string {
  return step.kind === 'initial' ? step.property : `the take ${step.allocation.name}`;
}
