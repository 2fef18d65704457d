import { isJsonObject, type Json, type JsonObject } from '../../kernel/index.ts';
import type { Stack, StackEvent, StackOutput, StackProgress, StackSummary } from '../stack/index.ts';
import { type Fault, lineOf, listAt, objectAt, objectIn, textAt } from './answer-json.ts';
import type { HttpAnswer } from './http.ts';

/**
 * The prefix of the tag in which Heat keeps the revision of a request: 'kamado:<revision>'. Heat stores tags after the
 * status, so a tag is never visible before the status that belongs to it. Other tags, which people set, don't matter.
 */
const REVISION_TAG = 'kamado:';

/** A stack's id in the form that URLs hold. */
const STACK_ID = /^\w[\w.-]{0,254}$/;

/** A stack in a list of them. */
export interface StackRow {
  readonly summary: StackSummary;
  /** ISO 8601. '' if it isn't known. */
  readonly createdAt: string;
}

/** The tag by which people find all stacks that Kamado builds. */
const OWN_TAG = 'kamado';

/** The tags of a request, in Heat's form. */
export function tagsOf(revision: string): string {
  return `${OWN_TAG},${REVISION_TAG}${revision}`;
}

/** The id in the answer to a creation. */
export function createdId(answer: HttpAnswer, fault: Fault): string {
  return idAt(objectAt(objectIn(answer, fault), 'stack', fault), fault);
}

/**
 * Returns the rows of a list that have one of the names. Faults of other rows don't matter. Administrators get the
 * stacks of all projects.
 */
export function rowsIn(
  answer: HttpAnswer,
  project: string,
  names: ReadonlySet<string>,
  fault: Fault,
): readonly StackRow[] {
  return listAt(objectIn(answer, fault), 'stacks', fault).flatMap((row) => {
    if (!isJsonObject(row)) throw fault('a stack is not an object');
    const isAsked = names.has(textAt(row, 'stack_name', fault)) && (row.project ?? project) === project;
    return isAsked ? [rowIn(row, fault)] : [];
  });
}

/** A stack with its outputs. */
export function stackIn(answer: HttpAnswer, fault: Fault): Stack {
  const stack = objectAt(objectIn(answer, fault), 'stack', fault);
  return { ...rowIn(stack, fault).summary, outputs: outputsIn(stack.outputs, fault) };
}

/** The events of a stack, in the order of the answer. */
export function eventsIn(answer: HttpAnswer, fault: Fault): readonly StackEvent[] {
  return listAt(objectIn(answer, fault), 'events', fault).map((event) => {
    if (!isJsonObject(event)) throw fault('an event is not an object');
    return {
      id: textAt(event, 'id', fault),
      time: textAt(event, 'event_time', fault),
      resource: textAt(event, 'resource_name', fault),
      status: textAt(event, 'resource_status', fault),
      reason: lineOf(event.resource_status_reason),
    };
  });
}

/** Whether a stack is deleted: Heat still answers for stacks that it has removed. */
export function isGone({ action, progress }: StackSummary): boolean {
  return action === 'DELETE' && progress === 'COMPLETE';
}

function rowIn(row: JsonObject, fault: Fault): StackRow {
  const summary = {
    id: idAt(row, fault),
    name: textAt(row, 'stack_name', fault),
    ...statusIn(textAt(row, 'stack_status', fault), fault),
    reason: lineOf(row.stack_status_reason),
    revision: revisionIn(row.tags, fault),
  };
  return { summary, createdAt: typeof row.creation_time === 'string' ? row.creation_time : '' };
}

function idAt(stack: JsonObject, fault: Fault): string {
  const id = textAt(stack, 'id', fault);
  if (!STACK_ID.test(id)) throw fault('the id of a stack is invalid');
  return id;
}

/** Splits 'CREATE_IN_PROGRESS' into an action and its progress. */
function statusIn(text: string, fault: Fault): { readonly action: string; readonly progress: StackProgress } {
  const [, action, progress] = /^([A-Z][A-Z_]{0,40})_(IN_PROGRESS|COMPLETE|FAILED)$/.exec(text) ?? [];
  if (action === undefined) throw fault('stack_status is invalid');
  switch (progress) {
    case 'IN_PROGRESS':
    case 'COMPLETE':
    case 'FAILED':
      return { action, progress };
    default:
      throw fault('stack_status is invalid');
  }
}

function revisionIn(tags: Json | undefined, fault: Fault): string | null {
  if (tags === null || tags === undefined) return null;
  if (!Array.isArray(tags)) throw fault('tags is not a list');
  const tag = tags.find((one) => typeof one === 'string' && one.startsWith(REVISION_TAG));
  return typeof tag === 'string' ? tag.slice(REVISION_TAG.length) : null;
}

function outputsIn(outputs: Json | undefined, fault: Fault): readonly StackOutput[] {
  if (outputs === null || outputs === undefined) return [];
  if (!Array.isArray(outputs)) throw fault('outputs is not a list');
  return outputs.map((output: Json) => {
    if (!isJsonObject(output)) throw fault('an output is not an object');
    const { output_value = null } = output;
    return { ...output, output_key: textAt(output, 'output_key', fault), output_value };
  });
}
