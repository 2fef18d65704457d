import { boundHeapGrowth, systemRuntime } from '../app/process/index.ts';
import { crashText, isKamadoError, type Log, limits, sleep } from '../kernel/index.ts';
import { note } from './output.ts';
import { exitCodes } from './report-error.ts';

/** Something that runs until it is closed. */
export interface Running {
  readonly close: () => Promise<void>;
}

/** The signals and callbacks that a process is started with. */
export interface ProcessContext {
  /** Ends the process, with exit code 1. */
  readonly onFatal: (error: unknown) => void;
  /** Aborts when the process ends because something failed in it. */
  readonly failing: AbortSignal;
  /** Aborts when the process is asked to end. */
  readonly ending: AbortSignal;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Timers of the runtime don't keep a process alive; this one does. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Runs what `start` starts until a signal, or until something fails that no retry can mend, and exits: with 0 after a
 * signal, also where it is still starting; with 1 where the end takes longer than `limits.shutdownMs` or is hastened by a second signal.
 * @throws what `start` throws, and what was fatal, after everything is closed
 */
export async function runProcess(log: Log, start: (context: ProcessContext) => Promise<Running>): Promise<void> {
  boundHeapGrowth();
  const keepAlive = setInterval(() => {}, KEEP_ALIVE_MS);
  const ending = new AbortController();
  const failing = new AbortController();
  let fatal: { readonly error: unknown } | null = null;
  const end = (): void => {
    if (ending.signal.aborted) return;
    ending.abort();
    setTimeout(() => giveUp(`the end took longer than ${limits.shutdownMs} ms`), limits.shutdownMs).unref();
  };
  const onFatal = (error: unknown): void => {
    if (!isKamadoError(error)) log.error({ stack: crashText(error) }, 'It failed.');
    fatal ??= { error };
    failing.abort();
    end();
  };
  const ended = new Promise<void>((resolve) => ending.signal.addEventListener('abort', () => resolve()));
  onSignals(end);
  process.on('uncaughtException', onFatal);
  try {
    const starting = start({ onFatal, failing: failing.signal, ending: ending.signal });
    await Promise.race([starting, ended]);
    // A start that is asked to end gives up soon; where it waits for something, nothing stands yet that could be closed.
    const running = ending.signal.aborted ? await startedIn(starting) : await starting;
    await ended;
    await running?.close();
  } finally {
    clearInterval(keepAlive);
    // Also where it didn't start: what is left open must not keep the process.
    end();
  }
  throwFatal(fatal);
  process.exit(exitCodes.success);
}

/** The started process, if the start ends in time; else null. */
async function startedIn(starting: Promise<Running>): Promise<Running | null> {
  const late = sleep(systemRuntime, limits.closeInOrderMs).then(() => null);
  return await Promise.race([starting.catch(() => null), late]);
}

function throwFatal(fatal: { readonly error: unknown } | null): void {
  if (fatal !== null) throw fatal.error;
}

/** The first signal ends in order; a second one that isn't an echo of the first ends at once. */
function onSignals(end: () => void): void {
  let firstMs: number | null = null;
  for (const signal of signals) {
    process.on(signal, () => {
      firstMs ??= systemRuntime.monotonicMs();
      if (systemRuntime.monotonicMs() - firstMs > limits.signalEchoMs) giveUp('a second signal came');
      end();
    });
  }
}

function giveUp(reason: string): void {
  note(`error: ended at once: ${reason}.`);
  process.exit(exitCodes.failure);
}
