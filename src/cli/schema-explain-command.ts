import type { Command } from 'commander';
import type { Catalog } from '../catalog/index.ts';
import { isJsonObject, kamadoError } from '../kernel/index.ts';
import { clientOf } from './command-client.ts';
import { newCommand, optionOf, outputFormatOf, settingsOf, withEndpoint, withOutputFormat } from './common-options.ts';
import type { HttpClient } from './http-client.ts';
import { jsonText, print, printable, printLines } from './output.ts';
import { everyItem } from './resources/pages.ts';
import { serverRefused } from './server-refused.ts';

/** `kamado schema explain <type>`: what a type does by itself, in words. */
export function schemaExplainCommand(): Command {
  const command = withOutputFormat(withEndpoint(newCommand('explain')))
    .description(
      'say in words what a type does by itself and what is done to it; with --catalog that one, else what a server serves',
    )
    .argument('<type>', 'the type, ha_router');
  return command.action(async (typeId: string) => {
    const { explainType, explanationJson, explanationLines } = await import('../explain/index.ts');
    const { model, rows, hooks } = namesCatalog(command)
      ? await catalogOf(command)
      : await servedCatalog(clientOf(command));
    const type = model.types.get(typeId);
    if (type === undefined) throw kamadoError('TYPE_UNKNOWN', { type: typeId });
    const explanation = explainType(model, type, rows, hooks);
    const isJson = outputFormatOf(optionOf(command, 'outputFormat')) === 'json';
    if (isJson) print(jsonText(explanationJson(explanation)));
    else printLines(explanationLines(explanation).map(printable));
  });
}

/** The sources of an explanation; a server doesn't publish its hooks. */
type Explained = Pick<Catalog, 'model' | 'rows'> & Partial<Pick<Catalog, 'hooks'>>;

/** Whether an option or the environment names a catalogue; the shipped one is used only if it is named. */
function namesCatalog(command: Command): boolean {
  const named = optionOf(command, 'catalog') ?? (process.env.KAMADO_CATALOG || undefined);
  return optionOf(command, 'endpoint') === undefined && named !== undefined;
}

async function catalogOf(command: Command): Promise<Explained> {
  const { loadCatalog } = await import('../catalog/index.ts');
  return await loadCatalog(settingsOf(command).catalog);
}

/** The types that a server serves, and its templates where it has some. */
async function servedCatalog(client: HttpClient): Promise<Explained> {
  const { servedModel, templateRows } = await import('../explain/index.ts');
  const served = servedModel(await everyItem(client, '/gohan/v0.1/schemas', 'schemas'));
  if (served === null) {
    const reason = `The schemas of ${client.endpoint} are none that this version knows.`;
    throw serverRefused(reason, 'Use the kamado of the version that the server has.');
  }
  const { model, templates } = served;
  if (templates === null) return { model, rows: [] };
  const bodies = await everyItem(client, templates.url, templates.plural);
  return { model, rows: templateRows(bodies.filter(isJsonObject)) };
}
