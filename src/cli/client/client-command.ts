import type { Command } from 'commander';
import { isKamadoError, kamadoError } from '../../kernel/index.ts';
import { clientOf } from '../command-client.ts';
import { type OutputFormat, optionOf, outputFormatOf, withEndpoint, withOutputFormat } from '../common-options.ts';
import type { HttpClient } from '../http-client.ts';
import { jsonText, note, print, printable, printLines } from '../output.ts';
import { readSchemas, type ServedSchemas, type ServedType } from '../resources/schemas.ts';
import { productVersion } from '../version.ts';
import { actionOf, runAction } from './actions.ts';
import { type ClientLine, parseClientLine, verbs } from './line.ts';
import { maskingBy, noMasking } from './mask-resource.ts';
import { typeLines, usageLines } from './usage.ts';
import { runVerb } from './verbs.ts';

/** `kamado client`: resources of every type that the server has; the shape of the original's (compatibility A8). */
export function define(command: Command): void {
  withOutputFormat(withEndpoint(command))
    .usage(`[options] [type] [${verbs.join('|')}] [--property value …] [id-or-name]`)
    .argument('[type]', 'the type; absent: the types are listed')
    .argument('[rest...]', 'what to do, with which properties; absent: the properties are listed')
    .option('--show-secrets', 'print secrets as they are, in place of ***', false)
    .passThroughOptions();
  command.action(async (typeId: string | undefined, rest: readonly string[]) => {
    if (rest.at(-1) === '--version') {
      print(productVersion());
      return;
    }
    const line = parseClientLine(rest);
    // What stands behind the type is as good as what stands before it.
    for (const [name, text] of line.options) command.setOptionValue(name, text);
    const format = outputFormatOf(optionOf(command, 'outputFormat'));
    const client = clientOf(command);
    if (line.help) await help(command, client, typeId);
    else {
      const showSecrets = line.showSecrets || command.getOptionValue('showSecrets') === true;
      await run(client, typeId, { ...line, showSecrets }, format);
    }
  });
}

async function run(client: HttpClient, typeId: string | undefined, line: ClientLine, format: OutputFormat) {
  const [word, ...others] = line.words;
  const verb = verbs.find((candidate) => candidate === word);
  const schemas = word === undefined || verb !== undefined ? await readSchemas(client) : await schemasFor(client, word);
  if (typeId === undefined) {
    if (format === 'json') print(jsonText(schemas.types.map(({ id, title, url }) => ({ id, title, url }))));
    else printLines(typeLines(schemas));
    return;
  }
  const type = schemas.get(typeId);
  const masking = line.showSecrets ? noMasking : maskingBy(schemas);
  const action = word === undefined || verb !== undefined ? null : actionOf(type, word);
  if (action !== null) {
    await runAction({ client, schemas, type, masking }, action, others, line.fields);
    return;
  }
  if (word === undefined) {
    if (line.fields.length > 0) throw kamadoError('USAGE', { reason: `one of ${verbs.join(', ')} is missing` });
    printLines(usageLines(type));
    return;
  }
  await runVerb(
    { client, schemas, type, masking },
    { verb: verb ?? unknownVerb(type, word), words: others, fields: line.fields },
    format,
  );
}

/** The action of that name: only the server knows the actions of a type. @throws USAGE if the server can't be reached */
async function schemasFor(client: HttpClient, word: string): Promise<ServedSchemas> {
  try {
    return await readSchemas(client);
  } catch (error) {
    if (!isKamadoError(error, 'SERVER_UNREACHABLE')) throw error;
    const reason = `${word} is none of ${verbs.join(', ')}; what actions there are is known while the server runs: ${error.message}`;
    throw kamadoError('USAGE', { reason }, { cause: error });
  }
}

/** @throws USAGE */
function unknownVerb(type: ServedType, word: string): never {
  const known = [...verbs, ...type.actions.map(({ name }) => name)];
  throw kamadoError('USAGE', { reason: `${word} is none of ${known.join(', ')}` });
}

/** Help needs no server; with one it also shows the properties. */
async function help(command: Command, client: HttpClient, typeId: string | undefined): Promise<void> {
  if (typeId !== undefined) {
    try {
      printLines(usageLines((await readSchemas(client)).get(typeId)));
      return;
    } catch (error) {
      if (!isKamadoError(error, 'SERVER_UNREACHABLE')) throw error;
      note(printable(`The properties of ${typeId} are shown while the server runs: ${error.message}`));
    }
  }
  print(command.helpInformation());
}
