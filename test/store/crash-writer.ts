import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { sqlitePersistence } from '../../src/store/embedded/sqlite-persistence.ts';

/** A program for crash tests: `node <this> <file> <first>` writes numbered pairs of keys until it is killed. */
export const crashWriter = fileURLToPath(import.meta.url);

/** Transactions under way at once: groups of several, and of one. */
const UNDER_WAY = 7;

if (process.argv[1] === crashWriter) await main(process.argv[2] ?? '', Number(process.argv[3] ?? 0));

async function main(path: string, first: number): Promise<void> {
  const store = await openEmbeddedStore({
    runtime: systemRuntime,
    persistence: sqlitePersistence(path),
    log: silentLog,
  });
  const lease = await store.lease(60_000);
  await store.transact({ success: [{ type: 'put', key: '/leased', value: '', lease: lease.id }] });
  let next = first;
  const loop = async () => {
    for (;;) {
      const number = next++;
      const value = 'x'.repeat(number % 5_000);
      const success = ['/left/', '/right/'].map((side) => ({ type: 'put', key: `${side}${number}`, value }) as const);
      await store.transact({ success });
      // Synchronous: what stands on the pipe was acknowledged, whatever comes next.
      writeSync(1, `${number}\n`);
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, loop));
}
