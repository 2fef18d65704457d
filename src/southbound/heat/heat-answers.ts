import { isJsonObject, type Json, type JsonObject } from '../../kernel/index.ts';
import type { Stack, StackEvent, StackOutput, StackProgress, StackSummary } from '../stack/index.ts';
import { type Fault, lineOf, listAt, objectAt, objectIn, textAt } from './answer-json.ts';
import type { HttpAnswer } from './http.ts';

/**
 * Heat keeps the revision of a request as a tag of the stack: 'kamado:<revision>'. It stores tags after the status, so
 * a tag is never seen before what it stands for; and other tags, which people set, are none of ours.
 */
const REVISION_TAG = 'kamado:';

/** A stack's id, as it stands in URLs. */
const STACK_ID = /^\w[\w.-]{0,254}$/;

/** A stack in a list of them. */
export interface StackRow {
  readonly summary: StackSummary;
  /** ISO 8601; '' where it isn't known. */
  readonly createdAt: string;
}

/** By which people find all stacks that are built from here. */
const OWN_TAG = 'kamado';

/** The tags of a request, as Heat takes them. */
export function tagsOf(revision: string): string {
  return `${OWN_TAG},${REVISION_TAG}${revision}`;
}

/** The id in the answer to a creation. */
export function createdId(answer: HttpAnswer, fault: Fault): string {
  return idAt(objectAt(objectIn(answer, fault), 'stack', fault), fault);
}

/**
 * The rows of a list that have one of the names; what others hold doesn't matter. Administrators are shown the stacks
 * of all projects.
 */
export function rowsIn(
  answer: HttpAnswer,
  project: string,
  names: ReadonlySet<string>,
  fault: Fault,
): readonly StackRow[] {
  return listAt(objectIn(answer, fault), 'stacks', fault).flatMap((row) => {
    if (!isJsonObject(row)) throw fault('a stack is no object');
    const isAsked = names.has(textAt(row, 'stack_name', fault)) && (row.project ?? project) === project;
    return isAsked ? [rowIn(row, fault)] : [];
  });
}

/** A stack with its outputs. */
export function stackIn(answer: HttpAnswer, fault: Fault): Stack {
  const stack = objectAt(objectIn(answer, fault), 'stack', fault);
  return { ...rowIn(stack, fault).summary, outputs: outputsIn(stack.outputs, fault) };
}

/** The events of a stack, as they come. */
export function eventsIn(answer: HttpAnswer, fault: Fault): readonly StackEvent[] {
  return listAt(objectIn(answer, fault), 'events', fault).map((event) => {
    if (!isJsonObject(event)) throw fault('an event is no object');
    return {
      id: textAt(event, 'id', fault),
      time: textAt(event, 'event_time', fault),
      resource: textAt(event, 'resource_name', fault),
      status: textAt(event, 'resource_status', fault),
      reason: lineOf(event.resource_status_reason),
    };
  });
}

/** True for a stack that isn't there any more: Heat goes on to answer for those that it has removed. */
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
  if (!STACK_ID.test(id)) throw fault('the id of a stack is none');
  return id;
}

/** 'CREATE_IN_PROGRESS' is an action and how far it is. */
function statusIn(text: string, fault: Fault): { readonly action: string; readonly progress: StackProgress } {
  const [, action, progress] = /^([A-Z][A-Z_]{0,40})_(IN_PROGRESS|COMPLETE|FAILED)$/.exec(text) ?? [];
  if (action === undefined) throw fault('stack_status is none');
  switch (progress) {
    case 'IN_PROGRESS':
    case 'COMPLETE':
    case 'FAILED':
      return { action, progress };
    default:
      throw fault('stack_status is none');
  }
}

function revisionIn(tags: Json | undefined, fault: Fault): string | null {
  if (tags === null || tags === undefined) return null;
  if (!Array.isArray(tags)) throw fault('tags is no list');
  const tag = tags.find((one) => typeof one === 'string' && one.startsWith(REVISION_TAG));
  return typeof tag === 'string' ? tag.slice(REVISION_TAG.length) : null;
}

function outputsIn(outputs: Json | undefined, fault: Fault): readonly StackOutput[] {
  if (outputs === null || outputs === undefined) return [];
  if (!Array.isArray(outputs)) throw fault('outputs is no list');
  return outputs.map((output: Json) => {
    if (!isJsonObject(output)) throw fault('an output is no object');
    const { output_value = null } = output;
    return { ...output, output_key: textAt(output, 'output_key', fault), output_value };
  });
}
