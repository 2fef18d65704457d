import { isJsonObject, type Json, type JsonObject, jsonEqual } from '../../kernel/index.ts';
import type { MappingContext } from '../mapping.ts';
import { evaluate } from '../mapping-evaluator.ts';
import { countStep, isFound, joined, type MappingRun, misfit, read, unlessMissing } from '../mapping-run.ts';
import { addressInNetwork } from '../networks.ts';
import type { Condition, ElementValue, FindValue, Generated, Value } from './value.ts';

/** The input of an evaluation. Errors of `lookup`, `find` and `generate` are thrown unchanged. */
export interface ValueContext extends MappingContext {
  /** The first resource of the type, by id, whose fields have these values. undefined if there is none. */
  readonly find: (type: string, where: ReadonlyMap<string, Json>) => JsonObject | undefined;
  readonly generate: (of: Generated) => Json;
}

/**
 * Evaluates a value. `place` names it in errors. A path that leads to no resource yields null.
 * @throws MAPPING_INVALID if the value doesn't fit the resource, or would take too many steps
 */
export function evaluateValue(value: Value, context: ValueContext, place: string): Json {
  return computed(value, context, { param: place, steps: 0 });
}

/** Whether a condition holds for a resource. @throws MAPPING_INVALID as evaluateValue */
export function holdsFor(condition: Condition, context: ValueContext, place: string): boolean {
  return isMet(condition, context, { param: place, steps: 0 });
}

function computed(value: Value, context: ValueContext, run: MappingRun): Json {
  countStep(run);
  switch (value.kind) {
    case 'mapping':
      return unlessMissing(() => evaluate(value.mapping, context, run).value);
    case 'list':
      return value.parts.map((part) => computed(part, context, run));
    case 'object':
      return Object.fromEntries([...value.entries].map(([key, part]) => [key, computed(part, context, run)]));
    case 'element':
      return elementOf(value, context, run);
    case 'find':
      return found(value, context, run);
    case 'address':
      return addressAt(computed(value.network, context, run), value.index, run);
    case 'integer':
      return integerOf(computed(value.of, context, run), run);
    case 'sum':
      return sumOf(
        value.parts.map((part) => computed(part, context, run)),
        run,
      );
    case 'concatenate':
      return joined(
        value.parts.map((part) => computed(part, context, run)),
        run,
      );
    case 'generate':
      return context.generate(value);
    case 'when': {
      if (isMet(value.condition, context, run)) return computed(value.value, context, run);
      return value.otherwise === null ? null : computed(value.otherwise, context, run);
    }
  }
}

function isMet(condition: Condition, context: ValueContext, run: MappingRun): boolean {
  countStep(run);
  switch (condition.kind) {
    case 'equal': {
      const [first = null, ...others] = condition.operands.map((operand) => computed(operand, context, run));
      return others.every((other) => jsonEqual(other, first));
    }
    case 'oneOf': {
      const subject = computed(condition.subject, context, run);
      return condition.values.some((value) => jsonEqual(value, subject));
    }
    case 'regexp':
      return isFound(condition.pattern, computed(condition.subject, context, run), run);
    case 'present': {
      const value = computed(condition.of, context, run);
      return value !== null && value !== '';
    }
    case 'not':
      return !isMet(condition.condition, context, run);
    case 'all':
      return condition.conditions.every((part) => isMet(part, context, run));
    case 'any':
      return condition.conditions.some((part) => isMet(part, context, run));
  }
}

function elementOf({ of, index, key }: ElementValue, context: ValueContext, run: MappingRun): Json {
  const list = computed(of, context, run);
  if (list === null || list === '') return null;
  if (!Array.isArray(list)) throw misfit(run, 'an element can only be taken of a list');
  const element: Json = list.at(index) ?? null;
  if (key === null) return element;
  return isJsonObject(element) ? read(element, key) : null;
}

function found({ type, where, field }: FindValue, context: ValueContext, run: MappingRun): Json {
  const values = new Map<string, Json>();
  for (const [name, part] of where) {
    const value = computed(part, context, run);
    // An unknown value is equal to nothing.
    if (value === null) return null;
    values.set(name, value);
  }
  const resource = context.find(type, values);
  return resource === undefined ? null : read(resource, field);
}

function addressAt(network: Json, index: number, run: MappingRun): Json {
  if (network === null || network === '') return null;
  const address = typeof network === 'string' ? addressInNetwork(network, index) : null;
  if (address === null) throw misfit(run, `the value is not an IPv4 network with an address ${index}`);
  return address;
}

function integerOf(value: Json, run: MappingRun): number | null {
  if (value === null || value === '') return null;
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw misfit(run, 'the value is not an integer');
  return number;
}

function sumOf(parts: readonly Json[], run: MappingRun): number {
  return parts.reduce<number>((total, part) => {
    const sum = total + (typeof part === 'number' ? part : (integerOf(part, run) ?? 0));
    // An integer beyond 2^53 would lose digits. One that was computed from such integers has lost them.
    if (!Number.isFinite(sum) || (Number.isInteger(sum) && !Number.isSafeInteger(sum))) {
      throw misfit(run, 'the sum is too large');
    }
    return sum;
  }, 0);
}
