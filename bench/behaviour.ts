import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRuntime } from '../src/app/process/index.ts';
import { openSqliteDriver } from '../src/database/sqlite/index.ts';
import { openThrowAwaySystem } from '../src/examples/index.ts';
import { nothingLoaded } from '../src/hooks/index.ts';
import { isJsonObject } from '../src/kernel/index.ts';
import { compileModel } from '../src/schema/index.ts';
import { behaviourSchemas, urls } from './behaviour-schemas.ts';
import { inParallel } from './client.ts';
import { percentile } from './percentile.ts';
import { heading, row } from './table.ts';

const POSTS = 300;
const ROUNDS = 6;
const WARM_UP = 1;
const AT_ONCE = 16;

type Kind = 'plain' | 'gateway';
type Post = (kind: Kind) => Promise<void>;

/** A POST with two pools, two counters and two children, beside a plain one. */
export async function benchBehaviour(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kamado-bench-'));
  try {
    for (const [place, path] of [
      ['in memory', ':memory:'] as const,
      ['on disk', join(folder, 'database.sqlite')] as const,
    ]) {
      await withPosts(path, async (post) => {
        for (const atOnce of [1, AT_ONCE]) {
          const title = `A POST, SQLite ${place}, ${atOnce === 1 ? 'one by one' : `${atOnce} at once`} (ms)`;
          heading(title, 'plain', 'with behaviour', 'ratio');
          await compare(post, atOnce);
        }
      });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function withPosts(path: string, task: (post: Post) => Promise<void>): Promise<void> {
  const catalog = { model: compileModel(behaviourSchemas), documents: [], rows: [], hooks: nothingLoaded };
  const system = await openThrowAwaySystem(systemRuntime, catalog, openSqliteDriver(systemRuntime, path));
  const create = async (kind: Kind | 'line', fields: object): Promise<string> => {
    const { status, body } = await system.send('POST', urls[kind], { [kind]: { ...fields } });
    const resource = body[kind];
    if (status !== 201 || !isJsonObject(resource)) throw new Error(`POST ${kind}: ${JSON.stringify(body)}`);
    return String(resource.id);
  };
  const line = await create('line', { name: 'line' });
  let n = 0;
  await task(async (kind) => {
    await create(kind, { name: `n${n++}`, description: 'bench', line_id: line });
  });
  await system.close();
}

/** Alternating, so that other load of the machine affects both. */
async function compare(post: Post, atOnce: number): Promise<void> {
  const times: { readonly [K in Kind]: number[] } = { plain: [], gateway: [] };
  const wholeMs: { readonly [K in Kind]: number[] } = { plain: [], gateway: [] };
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    for (const kind of ['plain', 'gateway'] as const) {
      const own: number[] = [];
      const began = performance.now();
      await inParallel(POSTS, atOnce, async () => {
        const sent = performance.now();
        await post(kind);
        own.push(performance.now() - sent);
      });
      if (round < WARM_UP) continue;
      times[kind].push(...own);
      wholeMs[kind].push(performance.now() - began);
    }
  }
  for (const [name, share] of [['p50', 0.5] as const, ['p99', 0.99] as const]) {
    ratio(name, percentile(times.plain, share), percentile(times.gateway, share));
  }
  ratio('of all, for each', percentile(wholeMs.plain, 0.5) / POSTS, percentile(wholeMs.gateway, 0.5) / POSTS);
}

function ratio(name: string, plain: number, own: number): void {
  row(name, plain.toFixed(3), own.toFixed(3), (own / plain).toFixed(2));
}
