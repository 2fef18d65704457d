import { parseArgs } from 'node:util';
import { type Outcome, simulate } from './simulation.ts';

// npm run simulate -- --seeds 1000 [--from N] [--go-on], or -- --seed 42 [--trace]

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '150' },
    from: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
    'go-on': { type: 'boolean', default: false },
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function count(text: string, name: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  process.stderr.write(`error: --${name} is a whole number, not ${text}\n`);
  process.exit(2);
}

/** A run that failed: the seed, what was violated, what happened last, and how to see it again. */
function report({ seed, failure, lines }: Outcome): void {
  say(`seed ${seed} failed: ${failure?.invariant}`);
  for (const line of lines) say(`  ${line}`);
  say(`violated: ${failure?.invariant}: ${failure?.message}`);
  say(`again: npm run simulate -- --seed ${seed} --trace`);
}

async function runOne(seed: number): Promise<boolean> {
  const outcome = await simulate(seed, values.trace ? { print: say } : {});
  if (outcome.failure !== null) report(outcome);
  else {
    const { steps, revisions, seen, virtualMs, digest } = outcome;
    say(`seed ${seed} holds: ${revisions} revisions, ${steps} steps in ${virtualMs} virtual ms`);
    for (const [what, times] of seen) say(`  ${what}: ${times}`);
    say(`digest ${digest}`);
  }
  return outcome.failure === null;
}

async function runMany(from: number, seeds: number): Promise<boolean> {
  const beganMs = performance.now();
  const total = { steps: 0, revisions: 0, failed: 0 };
  for (let seed = from; seed < from + seeds; seed++) {
    const outcome = await simulate(seed);
    total.steps += outcome.steps;
    total.revisions += outcome.revisions;
    if (outcome.failure === null) continue;
    total.failed++;
    report(outcome);
    if (!values['go-on']) break;
  }
  const seconds = (performance.now() - beganMs) / 1000;
  say(`${seeds} seeds from ${from}: ${JSON.stringify(total)} in ${seconds.toFixed(1)} s`);
  return total.failed === 0;
}

const held =
  values.seed === undefined
    ? await runMany(count(values.from, 'from'), count(values.seeds, 'seeds'))
    : await runOne(count(values.seed, 'seed'));
process.exitCode = held ? 0 : 1;
