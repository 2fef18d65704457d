import { didYouMean, type Fault, isJsonObject, type Json, type JsonObject } from '../../kernel/index.ts';
import { patternFault } from '../../kernel/pattern/index.ts';
import { actionsOf, type Model, type ResourceType } from '../../schema/index.ts';
import { MATCHES } from './differences.ts';
import type { Deed } from './example.ts';
import { referenceIn } from './references.ts';

/** The names that the steps so far have given, with the types of what they name. */
export type KnownNames = Map<string, ResourceType | null>;

/** What in a deed the catalogue or the steps before don't know; notes the name that it gives. */
export function deedFaults(deed: Deed, model: Model, known: KnownNames): readonly Fault[] {
  const faults: Fault[] = [];
  const report = (pointer: string, reason: string): void => {
    faults.push({ pointer, reason });
  };
  const type = typeOf(deed, model, known, report);
  checkReferences(deed, known, report);
  checkDeed(deed, type, report);
  if ('as' in deed && deed.as !== null) {
    if (known.has(deed.as)) report('/as', `${deed.as} names another resource already`);
    known.set(deed.as, type);
  }
  return faults;
}

/** The type that a deed is about; null where that isn't known, or where it is about none. */
function typeOf(deed: Deed, model: Model, known: KnownNames, report: Report): ResourceType | null {
  if ('of' in deed && deed.of !== null) {
    const named = known.get(deed.of);
    if (named === undefined) report(deed.kind === 'gone' ? '' : '/of', unknownName(deed.of, known));
    return named ?? null;
  }
  if (!('type' in deed) || deed.type === null) return null;
  const type = model.types.get(deed.type);
  if (type?.routed === true) return type;
  const routed = [...model.types.values()].filter((one) => one.routed).map((one) => one.id);
  report('/type', `there is no type ${deed.type} with resources${didYouMean(deed.type, routed)}`);
  return null;
}

function checkDeed(deed: Deed, type: ResourceType | null, report: Report): void {
  switch (deed.kind) {
    case 'create':
    case 'update':
      checkProperties(deed.expect ?? {}, type, '/expect', report);
      break;
    case 'expect':
      checkProperties(deed.body, type, '/body', report);
      break;
    case 'find':
      checkProperties(deed.where, type, '/where', report);
      break;
    case 'list': {
      checkProperties(deed.where, type, '/where', report);
      for (const [i, body] of deed.bodies.entries()) {
        checkProperties(isJsonObject(body) ? body : {}, type, `/bodies/${i}`, report);
      }
      break;
    }
    case 'state':
    case 'monitoring':
      if (type !== null && !type.versioned) report('/of', `${type.id} has no versions, and takes no states`);
      break;
    case 'action':
      checkAction(deed, type, report);
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

function checkAction({ name, of, type: named }: ActionDeed, type: ResourceType | null, report: Report): void {
  if (type === null) {
    // A name that nobody knows was told already.
    if (of === null && named === null) report('', 'of or type is missing: of a resource, or of a type');
    return;
  }
  const actions = actionsOf(type);
  const action = actions.find((one) => one.name === name);
  const names = actions.map((one) => one.name);
  if (action === undefined) report('/name', `${type.id} has no action ${name}${didYouMean(name, names)}`);
  else if (action.member && of === null) report('', `${name} is an action of a resource: of is missing`);
}

type ActionDeed = Extract<Deed, { readonly kind: 'action' }>;

function checkReferences(deed: Deed, known: KnownNames, report: Report): void {
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
  for (const [key, part] of Object.entries(deed)) {
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
