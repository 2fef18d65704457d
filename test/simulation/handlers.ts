import { errorText, isKamadoError } from '../../src/kernel/errors.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { sleep } from '../../src/kernel/runtime.ts';
import type { Job } from '../../src/records/job.ts';
import { jobKey } from '../../src/records/keys.ts';
import { oneKey } from '../../src/store/store.ts';
import type { Handler, JobTools } from '../../src/worker/handler.ts';
import type { Execution, Ledger } from './ledger.ts';
import type { Random } from './random.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { hold } from './violation.ts';
import type { World } from './world.ts';

const QUICK_MS = 300;
/** Longer than a claim lives without being renewed. */
const SLOW_MS = 25_000;
/** Of all: they read the store, which may be away. */
const READS = 0.2;
/** Of those that hang: they do so until somebody tells them to stop. */
const DEAD = 0.03;

/** How a handler takes a job. */
type Manner = 'poisonous' | 'quick' | 'slow' | 'stubborn' | 'failing' | 'hanging' | 'dead';

/** What handlers share. */
export interface HandlerContext {
  readonly world: World;
  readonly process: SimulatedProcess;
  readonly ledger: Ledger;
  /** Kills the worker. */
  readonly onCrash: (reason: string) => void;
}

/** The handlers of a worker: they take time, fail, hang, or don't listen when they are told to stop. */
export function handlersOf(context: HandlerContext, names: readonly string[]): readonly Handler[] {
  const random = context.world.random(`handlers ${context.process.name}`);
  return names.map((name) => ({
    name,
    canModify: name !== 'looker',
    run: (job, tools) => execute(context, random, job, tools),
  }));
}

async function execute(
  { world, process, ledger, onCrash }: HandlerContext,
  random: Random,
  job: Job,
  tools: JobTools,
): Promise<JsonObject> {
  const { attempt } = tools;
  const { history } = ledger;
  const before = ledger.of(job.id).find((one) => one.attempt === attempt && one.history === history);
  const execution: Execution = { job, attempt, worker: process.name, beganMs: world.nowMs, history, error: null };
  ledger.begin(execution);
  world.count('a job is begun');
  if (attempt > 0) world.count('a job comes again');
  if (before === undefined && attempt === 0 && random.chance(world.profile.poison)) ledger.poisonous.add(job.id);
  const manner = ledger.poisonous.has(job.id) ? 'poisonous' : draw(random, world);
  if (manner === 'dead') ledger.hasDead = true;
  world.trace.note(process.name, `begins ${job.id} attempt ${attempt} (${manner})`);
  try {
    hold(before === undefined, 'a handler sees that a job comes again', () => {
      return `${job.id} is begun by ${process.name} and by ${before?.worker} as attempt ${attempt}`;
    });
    if (manner === 'poisonous') onCrash(`of ${job.id}`);
    const result = await take(manner, random, job, tools, world.calmed);
    execution.error = '';
    return result;
  } catch (error) {
    if (!isKamadoError(error) && error instanceof Error && error.name === 'Violation') world.scheduler.fail(error);
    execution.error = errorText(error);
    world.count('a handler throws');
    throw error;
  } finally {
    world.trace.note(process.name, `ends ${job.id} attempt ${attempt}: ${execution.error}`);
  }
}

function draw(random: Random, { profile }: World): Manner {
  if (random.chance(profile.failure)) return 'failing';
  if (random.chance(profile.hang)) return random.chance(DEAD) ? 'dead' : 'hanging';
  if (!random.chance(profile.slowWork)) return 'quick';
  return random.pick(['slow', 'stubborn'] as const);
}

async function take(
  manner: Manner,
  random: Random,
  job: Job,
  tools: JobTools,
  calmed: AbortSignal,
): Promise<JsonObject> {
  const { runtime, signal } = tools;
  const quickMs = random.between(0, QUICK_MS);
  if (random.chance(READS)) await tools.store.get(oneKey(jobKey('all', job.id)));
  switch (manner) {
    case 'poisonous':
    case 'quick':
      await sleep(runtime, quickMs, signal);
      break;
    case 'slow':
      await tools.releaseSlot(() => sleep(runtime, random.between(0, SLOW_MS), signal));
      break;
    case 'stubborn':
      await sleep(runtime, random.between(0, SLOW_MS));
      return { done: job.id };
    case 'failing':
      await sleep(runtime, quickMs, signal);
      throw new Error(failureOf(job));
    case 'hanging':
      await aborted(AbortSignal.any([signal, calmed]));
      break;
    case 'dead':
      await aborted(signal);
  }
  if (signal.aborted) throw new Error(`told to stop: ${job.id}`);
  return { done: job.id };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** What a handler that fails says. */
export function failureOf({ id }: Pick<Job, 'id'>): string {
  return `the device refuses ${id}`;
}
