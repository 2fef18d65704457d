import { type Log, limits, type Runtime, type Storage, StorageGauge, type StorageState } from '../../kernel/index.ts';
import type { Connection } from './connection.ts';
import { methods } from './protocol.ts';
import { etcdFull } from './status.ts';

/** The prefix of a space alarm in the status of a member. */
const ALARM = 'alarm:NOSPACE';

/**
 * Whether etcd accepts writes. After its space alarm it refuses all, until an operator has freed space and disarmed the
 * alarm. Other processes may notice the alarm first, so frequent readers get the result of a recent check.
 */
export class EtcdStorage implements Storage {
  readonly #connection: Connection;
  readonly #runtime: Runtime;
  readonly #gauge: StorageGauge;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(connection: Connection, runtime: Runtime, log: Log) {
    this.#connection = connection;
    this.#runtime = runtime;
    this.#gauge = new StorageGauge({ runtime, log, hasSpace: async () => !(await this.#hasAlarm()) });
  }

  get state(): StorageState {
    return this.#gauge.state;
  }

  /** Records that etcd has refused a write because it is full. */
  fill(reason: string): void {
    this.#gauge.fill(etcdFull(reason));
  }

  refresh(): void {
    const nowMs = this.#runtime.monotonicMs();
    if (this.state.kind === 'readOnly' || nowMs - this.#lookedAtMs < limits.storageCheckMs) return;
    this.#lookedAtMs = nowMs;
    void this.#hasAlarm().then(
      (full) => {
        if (full) this.fill('its alarm for space is raised');
      },
      // An unreachable member isn't full.
      () => undefined,
    );
  }

  close(): void {
    this.#gauge.close();
  }

  async #hasAlarm(): Promise<boolean> {
    const { errors } = await this.#connection.call(methods.status, {}, 'once');
    return errors.some((error) => error.includes(ALARM));
  }
}
