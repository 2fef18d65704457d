import type { Command } from 'commander';
import { type JsonObject, kamadoError } from '../kernel/index.ts';
import { checkRunFolder, createRunFolder, type StoreChange } from '../replay/index.ts';
import { clientOf, interruption } from './command-client.ts';
import { withEndpoint } from './common-options.ts';
import type { HttpClient } from './http-client.ts';
import { note } from './output.ts';
import { followStore, storeRevision } from './store-client.ts';
import { publishedSchemas, snapshotBelow } from './store-snapshot.ts';

/** `kamado record`: writes down what happens in a running system, so that it can be replayed. */
export function define(command: Command): void {
  withEndpoint(command).argument('<dir>', 'folder to make');
  command.action(async (dir: string) => {
    const signal = interruption();
    const over = new AbortController();
    try {
      await record(clientOf(command), dir, AbortSignal.any([signal, over.signal]));
    } finally {
      // A stream that is left open would keep the process.
      over.abort();
    }
  });
}

async function record(client: HttpClient, dir: string, signal: AbortSignal): Promise<void> {
  await checkRunFolder(dir);
  const revision = await storeRevision(client);
  const changes = await followStore(client, '', String(revision + 1), signal);
  const run = await createRunFolder(dir, await publishedSchemas(client, revision));
  // In the order in which they were written: that of the jobs is the order of arrival.
  for (const { key, value, modRevision } of await snapshotBelow(client, '', revision)) {
    await run.write({ kind: 'held', key, value, revision: modRevision }, new Date());
  }
  note(`Recording into ${dir} from revision ${revision + 1} on, until Ctrl-C.`);
  for await (const change of changes) await run.write(changeOf(change), new Date());
  await run.end();
}

/** @throws RECORDING_INTERRUPTED */
function changeOf({ type, key, value, version, modRevision, compactRevision, rewound }: JsonObject): StoreChange {
  if (type === 'compacted') {
    const reason =
      rewound === true
        ? `the store has gone back to an older state, at revision ${compactRevision}`
        : `the store has forgotten its history up to revision ${compactRevision}, which was not recorded yet`;
    throw kamadoError('RECORDING_INTERRUPTED', { reason });
  }
  const put = version === 1 ? 'create' : 'set';
  return {
    kind: type === 'delete' ? 'delete' : put,
    key: typeof key === 'string' ? key : '',
    value: typeof value === 'string' ? value : '',
    revision: typeof modRevision === 'number' ? modRevision : 0,
  };
}
