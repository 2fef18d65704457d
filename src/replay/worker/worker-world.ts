import { limits, type Runtime, silentLog } from '../../kernel/index.ts';
import { encodeJob, type Job, jobKey } from '../../records/index.ts';
import type { Model } from '../../schema/index.ts';
import type { Operation, StoreEvent } from '../../store/index.ts';
import { type Handler, startWorker } from '../../worker/index.ts';
import { openReplayStore } from '../replay-store.ts';
import { type VirtualRuntime, virtualRuntime } from '../virtual-runtime.ts';

/** A write of the worker; the value is undefined for a deletion. */
export interface MadeWrite {
  readonly key: string;
  readonly value: string | undefined;
}

/** A worker component on an embedded store in memory, in virtual time. */
export interface WorkerWorld {
  /** Writes the content of the store as of that time. */
  readonly write: (operations: readonly Operation[], timeMs: number) => Promise<void>;
  /** Lets the worker run a job; returns all its writes. A job that doesn't end has no write of `finished`. */
  readonly run: (job: Job) => Promise<readonly MadeWrite[]>;
  readonly close: () => Promise<void>;
}

/**
 * Opens a world whose worker has one handler. `turn` is a real turn of the event loop: by then all work that needs no
 * time is done, since nothing here waits for anything outside of the process.
 */
export async function openWorkerWorld(
  model: Model,
  handlerOf: (runtime: Runtime) => Handler,
  turn: Runtime['nextTurn'],
): Promise<WorkerWorld> {
  const runtime = virtualRuntime();
  let made: MadeWrite[] = [];
  const { store, write } = await openReplayStore(runtime, (events) => made.push(...events.map(madeWrite)));
  const worker = startWorker({ runtime, log: silentLog, model, store, handlers: [handlerOf(runtime)] });
  const world = new Clock(runtime, turn);
  return {
    write: async (operations, timeMs) => {
      runtime.at(timeMs);
      await world.through(write(operations));
    },
    run: async (job) => {
      const [all, ready, finished] = [jobKey('all', job.id), jobKey('ready', job.id), jobKey('finished', job.id)];
      const queued = encodeJob({ job, attempt: 0 });
      made = [];
      await world.through(
        write([
          { type: 'put', key: all, value: queued },
          { type: 'put', key: ready, value: job.handler },
        ]),
      );
      await world.until(() => made.some(({ key, value }) => key === finished && value !== undefined));
      const writes = made;
      await world.through(write([all, ready, finished].map((key) => ({ type: 'delete', range: { from: key } }))));
      return writes;
    },
    close: async () => {
      await world.through(worker.close());
      await store.close();
    },
  };
}

/** Advances virtual time whenever nothing else can continue. */
class Clock {
  readonly #runtime: VirtualRuntime;
  readonly #turn: Runtime['nextTurn'];

  constructor(runtime: VirtualRuntime, turn: Runtime['nextTurn']) {
    this.#runtime = runtime;
    this.#turn = turn;
  }

  /** Advances until it holds, or until longer than any job could last. */
  async until(holds: () => boolean): Promise<void> {
    const endMs = this.#runtime.monotonicMs() + limits.handlerTimeoutMs + limits.claimLeaseMs;
    for (;;) {
      await new Promise<void>((resolve) => this.#turn(resolve));
      if (holds() || this.#runtime.monotonicMs() > endMs || !this.#runtime.next()) return;
    }
  }

  /** Advances until a promise is settled. */
  async through(promise: Promise<void>): Promise<void> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    await this.until(() => isSettled);
    await promise;
  }
}

function madeWrite(event: StoreEvent): MadeWrite {
  return event.type === 'put'
    ? { key: event.entry.key, value: event.entry.value }
    : { key: event.key, value: undefined };
}
