import { didYouMean, type Fault, isJsonObject, type Json, type JsonObject } from '../../kernel/index.ts';
import { patternFault } from '../../kernel/pattern/index.ts';
import { actionsOf, type Model, type ResourceType } from '../../schema/index.ts';
import { MATCHES } from './differences.ts';
import type { StepAction } from './example.ts';
import { referenceIn } from './references.ts';

/** The names that earlier steps have given, with the types of the named resources. */
export type KnownNames = Map<string, ResourceType | null>;

/**
 * The faults of a test step: names that neither the catalogue nor the earlier steps define. Adds the name that the step
 * gives.
 */
export function stepFaults(action: StepAction, model: Model, known: KnownNames): readonly Fault[] {
  const faults: Fault[] = [];
  const report = (pointer: string, reason: string): void => {
    faults.push({ pointer, reason });
  };
  const type = typeOf(action, model, known, report);
  checkReferences(action, known, report);
  checkStep(action, type, report);
  if ('as' in action && action.as !== null) {
    if (known.has(action.as)) report('/as', `${action.as} names another resource already`);
    known.set(action.as, type);
  }
  return faults;
}

/** The type that a test step is about; null if that is unknown, or if it is about none. */
function typeOf(action: StepAction, model: Model, known: KnownNames, report: Report): ResourceType | null {
  if ('of' in action && action.of !== null) {
    const named = known.get(action.of);
    if (named === undefined) report(action.kind === 'gone' ? '' : '/of', unknownName(action.of, known));
    return named ?? null;
  }
  if (!('type' in action) || action.type === null) return null;
  const type = model.types.get(action.type);
  if (type?.routed === true) return type;
  const routed = [...model.types.values()].filter((one) => one.routed).map((one) => one.id);
  report('/type', `there is no type ${action.type} with resources${didYouMean(action.type, routed)}`);
  return null;
}

function checkStep(action: StepAction, type: ResourceType | null, report: Report): void {
  switch (action.kind) {
    case 'create':
    case 'update':
      checkProperties(action.expect ?? {}, type, '/expect', report);
      break;
    case 'expect':
      checkProperties(action.body, type, '/body', report);
      break;
    case 'find':
      checkProperties(action.where, type, '/where', report);
      break;
    case 'list': {
      checkProperties(action.where, type, '/where', report);
      for (const [i, body] of action.bodies.entries()) {
        checkProperties(isJsonObject(body) ? body : {}, type, `/bodies/${i}`, report);
      }
      break;
    }
    case 'state':
    case 'monitoring':
      if (type !== null && !type.versioned) report('/of', `${type.id} has no versions, and takes no states`);
      break;
    case 'action':
      checkAction(action, type, report);
      break;
    case 'delete':
    case 'settle':
    case 'gone':
      break;
  }
}

type Report = (pointer: string, reason: string) => void;

function checkProperties(body: JsonObject, type: ResourceType | null, at: string, report: Report): void {
  if (type === null) return;
  const names = type.properties.flatMap(({ name, relationProperty }) =>
    relationProperty === null ? [name] : [name, relationProperty],
  );
  for (const name of Object.keys(body)) {
    if (!names.includes(name)) report(`${at}/${name}`, `${type.id} has no property ${name}${didYouMean(name, names)}`);
  }
}

function checkAction({ name, of, type: named }: ActionCall, type: ResourceType | null, report: Report): void {
  if (type === null) {
    // An unknown name was reported already.
    if (of === null && named === null) report('', 'of or type is missing: of a resource, or of a type');
    return;
  }
  const actions = actionsOf(type);
  const action = actions.find((one) => one.name === name);
  const names = actions.map((one) => one.name);
  if (action === undefined) report('/name', `${type.id} has no action ${name}${didYouMean(name, names)}`);
  else if (action.member && of === null) report('', `${name} is an action of a resource: of is missing`);
}

type ActionCall = Extract<StepAction, { readonly kind: 'action' }>;

function checkReferences(action: StepAction, known: KnownNames, report: Report): void {
  const visit = (value: Json, pointer: string): void => {
    if (typeof value === 'string') {
      const reference = referenceIn(value);
      if (reference !== null && !known.has(reference.name)) report(pointer, unknownName(reference.name, known));
    } else if (Array.isArray(value)) {
      for (const [i, part] of value.entries()) visit(part, `${pointer}/${i}`);
    } else if (isJsonObject(value)) {
      checkPattern(value[MATCHES], (reason) => report(`${pointer}/${MATCHES}`, reason));
      for (const [key, part] of Object.entries(value)) visit(part, `${pointer}/${key}`);
    }
  };
  for (const [key, part] of Object.entries(action)) {
    if (Array.isArray(part) || isJsonObject(part)) visit(part, `/${key}`);
  }
}

function checkPattern(pattern: Json | undefined, report: (reason: string) => void): void {
  const reason = typeof pattern === 'string' ? patternFault(pattern) : null;
  if (reason !== null) report(`a regular expression is expected: ${reason}`);
}

function unknownName(name: string, known: KnownNames): string {
  return `no step before names a resource ${name}${didYouMean(name, [...known.keys()])}`;
}
