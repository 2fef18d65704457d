import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { openDatabase } from '../../src/database/open.ts';
import { openSqliteDriver } from '../../src/database/sqlite/sqlite-driver.ts';
import { Client, modelOf, schema, string } from './helpers.ts';

/** A program for crash tests: `node <this> <file> <first>` creates numbered rows until it is killed. */
export const crashWriter = fileURLToPath(import.meta.url);

export const crashModel = modelOf(schema('entry', { text: string }));

/** Writes under way at once: groups of several, and of one. */
const UNDER_WAY = 7;

if (process.argv[1] === crashWriter) await main(process.argv[2] ?? '', Number(process.argv[3] ?? 0));

async function main(path: string, first: number): Promise<void> {
  const driver = openSqliteDriver(systemRuntime, path);
  const client = new Client(await openDatabase(systemRuntime, driver, crashModel));
  let next = first;
  const loop = async () => {
    for (;;) {
      const number = next++;
      await client.create('entry', `e${number}`, { text: 'x'.repeat(number % 5_000) });
      // Synchronous: what stands on the pipe was acknowledged, whatever comes next.
      writeSync(1, `${number}\n`);
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, loop));
}
