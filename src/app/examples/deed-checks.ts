import type { Fault } from '../../kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { didYouMean } from '../../kernel/names.ts';
import { actionsOf } from '../../model/action.ts';
import type { Model, ResourceType } from '../../model/model.ts';
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
  const typed = 'type' in deed && deed.type !== null ? typeOf(deed.type, model, report) : null;
  if ('of' in deed && deed.of !== null && !known.has(deed.of)) {
    report(deed.kind === 'gone' ? '' : '/of', unknownName(deed.of, known));
  }
  const subject = 'of' in deed && deed.of !== null ? (known.get(deed.of) ?? null) : typed;
  checkReferences(deed, known, report);
  switch (deed.kind) {
    case 'create':
      checkProperties(deed.expect ?? {}, typed, '/expect', report);
      if (deed.as !== null) note(deed.as, typed, known, report);
      break;
    case 'update':
      checkProperties(deed.expect ?? {}, subject, '/expect', report);
      break;
    case 'expect':
      checkProperties(deed.body, subject, '/body', report);
      break;
    case 'find':
      checkProperties(deed.where, typed, '/where', report);
      note(deed.as, typed, known, report);
      break;
    case 'list':
      checkProperties(deed.where, typed, '/where', report);
      for (const [i, body] of deed.bodies.entries()) {
        checkProperties(isJsonObject(body) ? body : {}, typed, `/bodies/${i}`, report);
      }
      break;
    case 'state':
    case 'monitoring':
      if (subject !== null && !subject.versioned) report('/of', `${subject.id} has no versions, and takes no states`);
      break;
    case 'action':
      checkAction(deed.name, subject, report);
      break;
    case 'delete':
    case 'settle':
    case 'gone':
      break;
  }
  return faults;
}

type Report = (pointer: string, reason: string) => void;

function typeOf(id: string, model: Model, report: Report): ResourceType | null {
  const type = model.types.get(id);
  if (type?.routed === true) return type;
  const routed = [...model.types.values()].filter((one) => one.routed).map((one) => one.id);
  report('/type', `there is no type ${id} with resources${didYouMean(id, routed)}`);
  return null;
}

function note(name: string, type: ResourceType | null, known: KnownNames, report: Report): void {
  if (known.has(name)) report('/as', `${name} names another resource already`);
  known.set(name, type);
}

function checkProperties(body: JsonObject, type: ResourceType | null, at: string, report: Report): void {
  if (type === null) return;
  const names = type.properties.flatMap(({ name, relationProperty }) =>
    relationProperty === null ? [name] : [name, relationProperty],
  );
  for (const name of Object.keys(body)) {
    if (!names.includes(name)) report(`${at}/${name}`, `${type.id} has no property ${name}${didYouMean(name, names)}`);
  }
}

function checkAction(name: string, type: ResourceType | null, report: Report): void {
  if (type === null) return;
  const names = actionsOf(type).map((action) => action.name);
  if (!names.includes(name)) report('/name', `${type.id} has no action ${name}${didYouMean(name, names)}`);
}

function checkReferences(deed: Deed, known: KnownNames, report: Report): void {
  const visit = (value: Json, pointer: string): void => {
    if (typeof value === 'string') {
      const reference = referenceIn(value);
      if (reference !== null && !known.has(reference.name)) report(pointer, unknownName(reference.name, known));
    } else if (Array.isArray(value)) {
      for (const [i, part] of value.entries()) visit(part, `${pointer}/${i}`);
    } else if (isJsonObject(value)) {
      if (typeof value[MATCHES] === 'string' && !isPattern(value[MATCHES])) {
        report(`${pointer}/${MATCHES}`, 'a regular expression is expected (ECMAScript, flag u)');
      }
      for (const [key, part] of Object.entries(value)) visit(part, `${pointer}/${key}`);
    }
  };
  for (const [key, part] of Object.entries(deed)) {
    if (Array.isArray(part) || isJsonObject(part)) visit(part, `/${key}`);
  }
}

function unknownName(name: string, known: KnownNames): string {
  return `no step before names a resource ${name}${didYouMean(name, [...known.keys()])}`;
}

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}
