import { kamadoError } from '../../kernel/index.ts';
import { jsonText, print, printable } from '../output.ts';
import { findId, resourcePath } from '../resources/lookup.ts';
import type { ServedAction, ServedType } from '../resources/schemas.ts';
import type { Field } from './line.ts';
import { bodyOf } from './values.ts';
import type { VerbContext } from './verbs.ts';

/** The action of a type that is called like that, or null. */
export function actionOf(type: ServedType, word: string): ServedAction | null {
  const name = word.replaceAll('-', '_');
  return type.actions.find((action) => action.name === word || action.name === name) ?? null;
}

/**
 * Does what an action does, with `--name value` as its input, and prints its answer, which is JSON in any format.
 * @throws USAGE, RESOURCE_NOT_FOUND, and what the server refuses
 */
export async function runAction(
  { client, schemas, type, masking }: VerbContext,
  action: ServedAction,
  words: readonly string[],
  fields: readonly Field[],
): Promise<void> {
  const member = action.path.startsWith('/:id/');
  const [idOrName = '', surplus] = member ? words : ['', ...words];
  if ((member && idOrName === '') || surplus !== undefined) {
    const reason = surplus === undefined ? 'an id or a name is missing' : `${surplus} makes no sense here`;
    throw kamadoError('USAGE', { reason: `kamado client ${type.id} ${action.name}: ${reason}` });
  }
  const input = await bodyOf({ client, schemas, type: { ...type, properties: action.input } }, fields);
  const resource = member ? resourcePath(type, await findId(client, type, idOrName)) : type.url;
  const path = `${resource ?? type.url}${action.path.replace(/^\/:id/, '')}`;
  const bodiless = action.method === 'GET' || fields.length === 0;
  const answer = await client.send(action.method, path, bodiless ? undefined : input);
  if (answer.body === undefined) print(printable(`${type.id} ${idOrName}: ${action.name} is done.`.replace(' :', ':')));
  else print(jsonText(masking.answer(type, action, answer.body)));
}
