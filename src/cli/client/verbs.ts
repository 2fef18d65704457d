import { isJsonObject, type Json, type JsonObject, kamadoError } from '../../kernel/index.ts';
import type { OutputFormat } from '../common-options.ts';
import { type Answer, objectOf, pathWith } from '../http-client.ts';
import { JsonListText } from '../json-list.ts';
import { jsonText, note, print, printable, printLines } from '../output.ts';
import { findId, resourcePath } from '../resources/lookup.ts';
import { pagesOf } from '../resources/pages.ts';
import type { Field, Verb } from './line.ts';
import type { Masking } from './mask-resource.ts';
import { listLines, resourceLines } from './present.ts';
import { bodyOf, queryOf, type ValueContext } from './values.ts';

/** The context of a verb. */
export interface VerbContext extends ValueContext {
  readonly masking: Masking;
}

/** A request on the command line. */
export interface Request {
  readonly verb: Verb;
  /** The word after the verb: an id or a name. */
  readonly words: readonly string[];
  readonly fields: readonly Field[];
}

/** Does what was asked for, and prints the result. @throws USAGE, and what the server refuses */
export async function runVerb(context: VerbContext, request: Request, format: OutputFormat): Promise<void> {
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
        print(printable(`${type.id} ${request.words[0]} is deleted, or will be when its handlers are done.`));
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

/** Lists what matches, all of it unless a limit is given; a server shows it page by page. */
async function list(context: VerbContext, fields: readonly Field[], format: OutputFormat): Promise<void> {
  const { client, type, masking } = context;
  const query = await queryOf(context, fields);
  const path = pathWith(type.url, query);
  const limit = query.get('limit');
  const pages = pagesOf(client, path, type.plural, limit === null || !/^\d+$/.test(limit) ? null : Number(limit));
  const text = format === 'json' ? new JsonListText(type.plural) : null;
  const resources: JsonObject[] = [];
  let total = 0;
  for await (const page of pages) {
    total = page.total;
    const shown = page.items.filter(isJsonObject).map((resource) => masking.resource(type, resource));
    if (text === null) resources.push(...shown);
    else text.print(shown);
  }
  if (text !== null) {
    text.end();
    return;
  }
  printLines(listLines(type, resources));
  if (total > resources.length) note(`${resources.length} of ${total}; the others with --offset and --limit`);
}

/** The answer as it came, `{"ha_router": {…}}`, or a table of what is in it. */
function printResource({ client, type, masking }: VerbContext, answer: Answer, format: OutputFormat): void {
  const whole = objectOf(client, answer);
  const inner: Json | undefined = whole[type.singular];
  const resource = masking.resource(type, isJsonObject(inner) ? inner : whole);
  if (format === 'table') printLines(resourceLines(type, resource));
  else print(jsonText(isJsonObject(inner) ? { ...whole, [type.singular]: resource } : resource));
}
