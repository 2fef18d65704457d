import { kamadoError } from '../../kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import type { OutputFormat } from '../common-options.ts';
import { type Answer, listOf, objectOf } from '../http-client.ts';
import { jsonText, note, print, printLines } from '../output.ts';
import { findId, resourcePath } from '../resources/lookup.ts';
import type { Field, Verb } from './line.ts';
import { listLines, resourceLines } from './present.ts';
import { bodyOf, queryOf, type ValueContext } from './values.ts';

/** What is asked for. */
export interface Request {
  readonly verb: Verb;
  /** What stands behind the verb: an id or a name. */
  readonly words: readonly string[];
  readonly fields: readonly Field[];
}

/** Does what was asked for, and prints the result. @throws USAGE, and what the server refuses */
export async function runVerb(context: ValueContext, request: Request, format: OutputFormat): Promise<void> {
  const { client, type } = context;
  checkShape(type.id, request);
  const path = async (): Promise<string> => {
    const id = await findId(client, type, request.words[0] ?? '');
    return resourcePath(type, id) ?? type.url;
  };
  const body = async (): Promise<JsonObject> => ({ [type.singular]: await bodyOf(context, request.fields) });
  switch (request.verb) {
    case 'list':
      await list(context, request.fields, format);
      return;
    case 'show':
      printResource(context, await client.send('GET', await path()), format);
      return;
    case 'create':
      printResource(context, await client.send('POST', type.url, await body()), format);
      return;
    case 'set': {
      const changes = await body();
      printResource(context, await client.send('PATCH', await path(), changes), format);
      return;
    }
    case 'delete':
      await client.send('DELETE', await path());
      if (format === 'table')
        print(`${type.id} ${request.words[0]} is deleted, or will be when its handlers are done.`);
      return;
  }
}

/** @throws USAGE where an id or properties are missing, or stand where they make no sense */
function checkShape(typeId: string, request: Request): void {
  const reason = faultOf(request);
  if (reason !== null) throw kamadoError('USAGE', { reason: `kamado client ${typeId} ${request.verb}: ${reason}` });
}

function faultOf({ verb, words, fields }: Request): string | null {
  const takesId = verb === 'show' || verb === 'set' || verb === 'delete';
  const surplus = words[takesId ? 1 : 0];
  if (takesId && (words[0] ?? '') === '') return 'an id or a name is missing';
  if (surplus !== undefined) return `${surplus} makes no sense here; properties are given as --name value`;
  if (verb === 'set' && fields.length === 0) return 'what to set is missing, --name value';
  const [field] = verb === 'show' || verb === 'delete' ? fields : [];
  return field === undefined ? null : `--${field.name} makes no sense here`;
}

async function list(context: ValueContext, fields: readonly Field[], format: OutputFormat): Promise<void> {
  const { client, type } = context;
  const query = await queryOf(context, fields);
  const answer = await client.send('GET', query.size === 0 ? type.url : `${type.url}?${query}`);
  if (format === 'json') {
    print(jsonText(objectOf(client, answer)));
    return;
  }
  const resources = listOf(client, answer, objectOf(client, answer)[type.plural]).filter(isJsonObject);
  printLines(listLines(type, resources));
  const total = Number(answer.headers.get('x-total-count') ?? resources.length);
  if (total > resources.length) note(`${resources.length} of ${total}; the others with --offset and --limit`);
}

/** The answer as it came, `{"ha_router": {…}}`, or a table of what is in it. */
function printResource({ client, type }: ValueContext, answer: Answer, format: OutputFormat): void {
  const whole = objectOf(client, answer);
  const resource: Json | undefined = whole[type.singular];
  if (format === 'json') print(jsonText(whole));
  else printLines(resourceLines(type, isJsonObject(resource) ? resource : whole));
}
