import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogsWithoutDevices } from './catalogs.ts';
import { type Child, startChild } from './child.ts';
import { Client, median } from './client.ts';
import { edgeRouter, measureLatency } from './latency.ts';
import { compareMs, heading, row } from './table.ts';
import { getsPerSecond, postsPerSecond, resourcesPerSecond } from './throughput.ts';

// The figures of the original, from its recordings, in milliseconds.
const original = { configToRead: 9, nonWorkable: 586, workable: 391 };
const SAMPLES = 100;
const ROUNDS = 3;
const IN_FLIGHT = 1_000;

/** A whole application, measured over its API: one resource at a time, requests, and many resources in flight. */
export async function benchApi(): Promise<void> {
  const catalogs = catalogsWithoutDevices();
  try {
    await latencies(catalogs);
    await requests(catalogs);
    await wholeWay(catalogs);
  } finally {
    rmSync(catalogs.folder, { recursive: true });
  }
}

type Catalogs = ReturnType<typeof catalogsWithoutDevices>;

async function latencies(catalogs: Catalogs): Promise<void> {
  heading('One resource at a time (median of 100, ms)', 'original', 'Kamado', 'times faster');
  await withApplication(catalogs.nonWorkable, async (application) => {
    const { postToActiveMs, configToStateMs } = await measureLatency(application, SAMPLES);
    compareMs('/config to READ_COMPLETE', original.configToRead, configToStateMs);
    compareMs('POST to ACTIVE, non-workable HA router', original.nonWorkable, postToActiveMs);
  });
  await withApplication(catalogs.workable, async (application) => {
    const { postToActiveMs } = await measureLatency(application, SAMPLES);
    compareMs('POST to ACTIVE, workable HA router', original.workable, postToActiveMs);
  });
}

async function requests(catalogs: Catalogs): Promise<void> {
  heading('Requests per second', 'bare server', 'Kamado', 'ratio');
  const bare = await startChild('./bare-server.js', {});
  await withApplication(catalogs.workable, async (application) => {
    const client = new Client(application.base);
    const id = await edgeRouter(client, 'one');
    client.close();
    for (const clients of [1, 64]) {
      share(
        `durable POST, ${clients} clients`,
        await postsPerSecond(bare, clients),
        await postsPerSecond(application, clients),
      );
      const gets = await getsPerSecond(bare, clients, 'bare');
      share(`GET, ${clients} clients`, gets, await getsPerSecond(application, clients, id));
    }
  });
  await bare.stop();
}

async function wholeWay(catalogs: Catalogs): Promise<void> {
  heading(`The whole way, ${IN_FLIGHT} workable HA routers in flight`, '', 'resources/s', '');
  await withApplication(catalogs.workable, async (application) => {
    const rounds: number[] = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await resourcesPerSecond(application, IN_FLIGHT, round));
    row(`POST to ACTIVE, median of ${ROUNDS} rounds`, '', median(rounds).toFixed(0), '');
  });
}

async function withApplication(catalog: string, task: (application: Child) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'kamado-bench-data-'));
  const application = await startChild('./application.js', {
    KAMADO_DATA_DIR: dataDir,
    KAMADO_CATALOG: catalog,
    KAMADO_PORT: '0',
    KAMADO_LOG_LEVEL: 'warn',
  });
  try {
    await task(application);
  } finally {
    await application.stop();
    rmSync(dataDir, { recursive: true });
  }
}

function share(name: string, bare: number, application: number): void {
  row(name, bare.toFixed(0), application.toFixed(0), (application / bare).toFixed(2));
}
