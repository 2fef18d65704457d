import { type Command, Option } from 'commander';
import { kamadoError } from '../kernel/index.ts';
import {
  type AgainstReport,
  catalogFor,
  type ReplayReport,
  readRunFolder,
  readScenario,
  readWorkerRun,
  replayApi,
  replayController,
  replayWorker,
  runAgainst,
  systemAgainst,
  vpnGatewayCatalog,
} from '../replay/index.ts';
import { shippedHandlers } from '../worker/index.ts';
import { clientOf } from './command-client.ts';
import { optionOf, settingsOf, withEndpoint } from './common-options.ts';
import type { HttpClient } from './http-client.ts';
import { jsonText, print, printLines } from './output.ts';
import { againstLines, apiReportLines, reportLines } from './replay/report-lines.ts';
import { storeRevision } from './store-client.ts';
import { publishedSchemas, snapshotBelow } from './store-snapshot.ts';

/** The components whose part of a run can be replayed. */
const components = ['api', 'controller', 'worker'] as const;
type Component = (typeof components)[number];

/**
 * `kamado replay <run-dir>`: whether a component does with a recorded run what was recorded. With `--against`: the changes
 * that another catalogue would make to the plans of the run, or of the running system.
 */
export function define(command: Command): void {
  withEndpoint(command)
    .argument('[run-dir]', 'folder with run.json; absent with --against: the running system')
    .addOption(
      new Option('--component <name>', 'whose part of the run is replayed; api serves --catalog, or the VPN gateway')
        .choices(components)
        .default('controller'),
    )
    .addOption(new Option('--room <name>', 'the name of --component before 0.2').choices(components).hideHelp())
    .option('--against <catalog>', 'compare the plans under the present catalogue with those under this one')
    .option('--json', 'print the result as JSON', false);
  command.action(async (path: string | undefined) => {
    const asked = command.getOptionValue('room') ?? command.getOptionValue('component');
    const component = components.find((one) => one === asked) ?? 'controller';
    const catalog = optionOf(command, 'against');
    if (catalog !== undefined && component !== 'controller')
      throw kamadoError('USAGE', { reason: 'only the controller plans: --against needs --component controller' });
    if (catalog !== undefined) await against(command, path, catalog);
    else if (path !== undefined) await replay(command, path, component);
    else throw kamadoError('USAGE', { reason: 'replay needs a <run-dir>, or --against <catalog>' });
  });
}

async function replay(command: Command, path: string, component: Component): Promise<void> {
  const { report, lines } = await replayOf(command, path, component);
  show(command, report, lines);
  failOnMismatch(report);
}

/** The result of a replay: the report, and the lines that are printed of it. */
async function replayOf(
  command: Command,
  path: string,
  component: Component,
): Promise<{ readonly report: ReplayReport; readonly lines: readonly string[] }> {
  switch (component) {
    case 'api': {
      const scenario = await readScenario(path);
      const { catalog } = settingsOf(command, { catalog: vpnGatewayCatalog });
      const report = await replayApi(scenario, await catalogFor(scenario, catalog));
      return { report, lines: apiReportLines(report) };
    }
    case 'controller': {
      const report = await replayController(await readRunFolder(path), shippedHandlers);
      return { report, lines: reportLines(report) };
    }
    case 'worker': {
      const report = await replayWorker(await readWorkerRun(path));
      return { report, lines: reportLines(report) };
    }
  }
}

/** @throws REPLAY_DIFFERS */
function failOnMismatch({ mismatches, families }: ReplayReport): void {
  const total = families.reduce((sum, family) => sum + family.matched + family.excused + family.mismatched, 0);
  if (mismatches.length > 0) throw kamadoError('REPLAY_DIFFERS', { count: mismatches.length, total });
}

async function against(command: Command, path: string | undefined, catalog: string): Promise<void> {
  const compared =
    path === undefined
      ? await runningAgainst(clientOf(command), catalog)
      : await runAgainst(path, catalog, shippedHandlers);
  show(command, compared, againstLines(compared));
}

async function runningAgainst(client: HttpClient, catalog: string): Promise<AgainstReport> {
  const revision = await storeRevision(client);
  const schemas = await publishedSchemas(client, revision);
  const handlers = await snapshotBelow(client, '/kamado/handlers/', revision);
  const entries = [...handlers, ...(await snapshotBelow(client, '/config/', revision))];
  return await systemAgainst({ schemas, entries }, catalog, shippedHandlers);
}

function show(command: Command, result: object, lines: readonly string[]): void {
  if (command.getOptionValue('json') === true) print(jsonText(JSON.parse(JSON.stringify(result))));
  else printLines(lines);
}
