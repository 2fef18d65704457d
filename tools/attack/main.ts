import { parseArgs } from 'node:util';
import type { Size } from './attack.ts';
import { attacks } from './attacks.ts';
import { perform, type Report } from './perform.ts';

// npm run attack [-- [--seed N] [--small] [--memory-mib 600] [--livez-p99-ms 100] [attack …]]: all attacks, or those named.

/** The limits for a report. */
interface Budget {
  readonly memoryMib: number;
  readonly livezP99Ms: number;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    small: { type: 'boolean', default: false },
    'memory-mib': { type: 'string', default: '600' },
    'livez-p99-ms': { type: 'string', default: '100' },
  },
});
const budget: Budget = { memoryMib: Number(values['memory-mib']), livezP99Ms: Number(values['livez-p99-ms']) };
const size: Size = values.small ? 'small' : 'whole';
const unknown = positionals.filter((name) => !attacks.some((attack) => attack.name === name));
if (unknown.length > 0) {
  const known = attacks.map(({ name, about }) => `  ${name}: ${about}`).join('\n');
  process.stderr.write(`error: no attack ${unknown.join(', ')}; there are\n${known}\n`);
  process.exitCode = 2;
} else {
  for (const attack of attacks) {
    if (positionals.length > 0 && !positionals.includes(attack.name)) continue;
    process.stdout.write(`${attack.name}: ${attack.about}\n`);
    const report = await perform(attack, Number(values.seed), size);
    print(report);
    const broken = [...report.violations, ...beyond(report)];
    for (const violation of broken) process.stdout.write(`  VIOLATED ${violation}\n`);
    if (broken.length > 0) process.exitCode = 1;
  }
}

function print({ counts, liveness, memoryMib }: Report): void {
  for (const [name, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) line(name, String(count));
  line('/livez p50, p99, longest (ms)', [liveness.p50Ms, liveness.p99Ms, liveness.longestMs].map(tenths).join(', '));
  line('peak memory (MiB)', memoryMib === null ? 'not known here' : tenths(memoryMib));
}

function line(name: string, value: string): void {
  process.stdout.write(`  ${name.padEnd(32)} ${value}\n`);
}

function tenths(figure: number): string {
  return figure.toFixed(1);
}

function beyond({ liveness, memoryMib }: Report): readonly string[] {
  return [
    ...(liveness.p99Ms > budget.livezP99Ms ? [`/livez p99 is over ${budget.livezP99Ms} ms`] : []),
    ...(liveness.failures > 0 ? [`/livez failed ${liveness.failures} times`] : []),
    ...(memoryMib !== null && memoryMib > budget.memoryMib ? [`memory is over ${budget.memoryMib} MiB`] : []),
  ];
}
