import type { Command } from 'commander';
import type { CatalogRow } from '../app/catalog-rows.ts';
import { kamadoError } from '../kernel/errors.ts';
import { isJsonObject } from '../kernel/json.ts';
import type { Model } from '../model/model.ts';
import { TEMPLATE_TYPE } from '../records/keys.ts';
import { clientOf } from './command-client.ts';
import { newCommand, optionOf, outputFormatOf, settingsOf, withEndpoint, withOutputFormat } from './common-options.ts';
import { type HttpClient, listOf, objectOf } from './http-client.ts';
import { jsonText, print, printable, printLines } from './output.ts';
import { serverRefused } from './server-refused.ts';

/** `kamado schema explain <type>`: what a type does by itself, in words. */
export function schemaExplainCommand(): Command {
  const command = withOutputFormat(withEndpoint(newCommand('explain')))
    .description('say in words what a type does by itself and what is done to it; of a server, or with --catalog of that')
    .argument('<type>', 'the type, ha_router');
  return command.action(async (typeId: string) => {
    const { explainType, explanationJson, explanationLines } = await import('../app/reference/explanation.ts');
    const { model, rows } = namesCatalog(command) ? await catalogOf(command) : await servedCatalog(clientOf(command));
    const type = model.types.get(typeId);
    if (type === undefined) throw kamadoError('TYPE_UNKNOWN', { type: typeId });
    const explanation = explainType(model, type, rows);
    if (outputFormatOf(optionOf(command, 'outputFormat')) === 'json') return print(jsonText(explanationJson(explanation)));
    printLines(explanationLines(explanation).map(printable));
  });
}

interface Explained {
  readonly model: Model;
  readonly rows: readonly CatalogRow[];
}

/** Whether a catalogue was named, by an option or the environment; the one that ships is not meant unasked. */
function namesCatalog(command: Command): boolean {
  return optionOf(command, 'endpoint') === undefined && (optionOf(command, 'catalog') ?? process.env.KAMADO_CATALOG) !== undefined;
}

async function catalogOf(command: Command): Promise<Explained> {
  const { loadCatalog } = await import('../app/catalog.ts');
  return await loadCatalog(settingsOf(command).catalog);
}

/** The types that a server serves, and its templates where it has some. */
async function servedCatalog(client: HttpClient): Promise<Explained> {
  const { tryCompileModel } = await import('../model/compile-model.ts');
  const answer = await client.send('GET', '/gohan/v0.1/schemas');
  const documents = listOf(client, answer, objectOf(client, answer).schemas).filter(isJsonObject);
  const { model, faults } = tryCompileModel(documents, []);
  if (faults.length > 0) {
    const reason = `the schemas of ${client.endpoint} are none that this version knows.`;
    throw serverRefused(reason, 'Use the client of the version that the server has.');
  }
  const templates = model.types.get(TEMPLATE_TYPE);
  if (templates === undefined || !templates.routed) return { model, rows: [] };
  const listing = await client.send('GET', templates.url);
  const bodies = listOf(client, listing, objectOf(client, listing)[templates.plural]).filter(isJsonObject);
  return { model, rows: bodies.map((body) => ({ type: TEMPLATE_TYPE, id: String(body.id), body })) };
}
