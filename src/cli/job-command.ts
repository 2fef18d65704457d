import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { isJsonObject, type Json, type JsonObject, kamadoError } from '../kernel/index.ts';
import { clientOf } from './command-client.ts';
import { newCommand, optionOf, outputFormatOf, withEndpoint, withOutputFormat } from './common-options.ts';
import { type HttpClient, listOf, objectOf, pathWith } from './http-client.ts';
import { isTerminal, jsonText, note, outputWidth, print, printable, printLines } from './output.ts';
import { nextPath } from './resources/pages.ts';
import { type Column, tableLines } from './table.ts';

const JOBS = '/kamado/v1/jobs';

/** `kamado job`: the jobs of the running server. */
export function define(command: Command): void {
  command.addCommand(listCommand()).addCommand(showCommand()).addCommand(retryCommand()).addCommand(cancelCommand());
}

function listCommand(): Command {
  const command = leaf('list')
    .description('list the jobs of the queue, or those that failed last')
    .option('--state <state>', 'waiting, held, ready, working, finished, or failed')
    .option('--type <type>', 'of resources of that type')
    .option('--resource <id>', 'of the resource with that id')
    .option('--handler <name>', 'for that handler');
  return command.action(async () => {
    const jobs: JsonObject[] = [];
    for await (const job of jobsOf(clientOf(command), filtersOf(command))) jobs.push(job);
    if (wantsJson(command)) print(jsonText(jobs));
    else printLines(tableLines(columns, jobs.map(rowOf), { width: isTerminal() ? outputWidth() : null }));
  });
}

function filtersOf(command: Command): URLSearchParams {
  const filters = { state: 'state', type: 'type', resource: 'resource_id', handler: 'handler' };
  const given = Object.entries(filters).flatMap(([option, parameter]) => {
    const value = optionOf(command, option);
    return value === undefined ? [] : [[parameter, value] as const];
  });
  return new URLSearchParams(Object.fromEntries(given));
}

/** All pages of a list: an empty one may be followed by others. */
async function* jobsOf(client: HttpClient, filters: URLSearchParams): AsyncGenerator<JsonObject> {
  for (let path: string | null = pathWith(JOBS, filters); path !== null; ) {
    const answer = await client.send('GET', path);
    yield* listOf(client, answer, objectOf(client, answer).jobs).filter(isJsonObject);
    path = nextPath(answer);
  }
}

const columns: readonly Column[] = [
  { heading: 'id', whole: true },
  { heading: 'state' },
  { heading: 'age' },
  { heading: 'attempt' },
  { heading: 'handler' },
  { heading: 'why' },
];

function rowOf(job: JsonObject): readonly string[] {
  const { id, state, age_ms, attempt = '', handler, why } = job;
  return [id, state, ageText(age_ms), attempt, handler, why].map((cell) => printable(String(cell ?? '')));
}

/** '3d 4h', '5m 6s'. */
function ageText(ageMs: Json | undefined): string {
  if (typeof ageMs !== 'number') return '';
  const seconds = Math.floor(ageMs / 1_000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  const shown = first < 0 ? parts.slice(-1) : parts.slice(first, first + 2);
  return shown.map(([count, unit]) => `${count}${unit}`).join(' ');
}

function showCommand(): Command {
  const command = leaf('show').description('print everything about a job, secrets masked').argument('<job-id>');
  return command.action(async (jobId: string) => {
    const client = clientOf(command);
    const { job } = objectOf(client, await client.send('GET', pathOf(jobId)));
    if (!isJsonObject(job) || wantsJson(command)) {
      print(jsonText(job ?? null));
      return;
    }
    const rows = Object.entries(job).map(([name, value]) => {
      return [printable(name), printable(typeof value === 'string' ? value : JSON.stringify(value))];
    });
    printLines(tableLines([{ heading: 'property' }, { heading: 'value' }], rows, { width: null }));
  });
}

function retryCommand(): Command {
  const command = leaf('retry')
    .description('try a job now that lost workers, or plan one anew that failed')
    .argument('<job-id>');
  return command.action(async (jobId: string) => {
    const client = clientOf(command);
    const answer = objectOf(client, await client.send('POST', `${pathOf(jobId)}/retry`, {}));
    if (wantsJson(command)) print(jsonText(answer));
    else printLines(textsOf(answer.jobs).map((id) => `${id} is to be done.`));
  });
}

function cancelCommand(): Command {
  const command = leaf('cancel')
    .description('end a job that no worker has, and all that depend on it')
    .argument('<job-id>')
    .option('--dry-run', 'only print what would be cancelled')
    .option('--yes', 'don\u2019t ask');
  return command.action(async (jobId: string) => {
    const client = clientOf(command);
    const path = `${pathOf(jobId)}/cancel`;
    const found = objectOf(client, await client.send('POST', `${path}?dry_run=true`, {}));
    const isDry = command.getOptionValue('dryRun') === true;
    if (!wantsJson(command)) printDependents(jobId, found);
    if (isDry) {
      if (wantsJson(command)) print(jsonText(found));
      return;
    }
    if (command.getOptionValue('yes') !== true) await confirm();
    // What came in between is not cancelled unseen: the server refuses another number.
    const answer = objectOf(client, await client.send('POST', path, { dependents: found.count ?? 0 }));
    print(wantsJson(command) ? jsonText(answer) : `${printable(jobId)} is cancelled.`);
  });
}

function printDependents(jobId: string, { count, dependents }: JsonObject): void {
  const ids = textsOf(dependents);
  if (ids.length === 0) {
    print(`Nothing depends on ${printable(jobId)}.`);
    return;
  }
  print(`With ${printable(jobId)} these are cancelled, which depend on it:`);
  printLines(ids.map((id) => `  ${id}`));
  if (typeof count === 'number' && count > ids.length) print(`  and ${count - ids.length} more`);
}

/** @throws USAGE if the answer isn't yes, or if standard input is no terminal */
async function confirm(): Promise<void> {
  if (process.stdin.isTTY !== true) {
    throw kamadoError('USAGE', {
      reason: 'standard input is no terminal: give --yes to cancel, or --dry-run to see what',
    });
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question('Cancel? [y/N] ');
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    asking.close();
  }
  note('Nothing was cancelled.');
  throw kamadoError('USAGE', { reason: 'it was not confirmed' });
}

function pathOf(jobId: string): string {
  return `${JOBS}/${encodeURIComponent(jobId)}`;
}

function textsOf(list: Json | undefined): readonly string[] {
  return Array.isArray(list) ? list.map((text) => printable(String(text))) : [];
}

function leaf(name: string): Command {
  return withOutputFormat(withEndpoint(newCommand(name)));
}

function wantsJson(command: Command): boolean {
  return outputFormatOf(optionOf(command, 'outputFormat')) === 'json';
}
