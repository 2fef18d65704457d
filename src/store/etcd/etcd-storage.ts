import { type Log, limits, type Runtime, type Storage, StorageGauge, type StorageState } from '../../kernel/index.ts';
import type { Connection } from './connection.ts';
import { methods } from './protocol.ts';
import { etcdFull } from './status.ts';

/** How an alarm for space begins in the status of a member. */
const ALARM = 'alarm:NOSPACE';

/**
 * Whether etcd takes writes. It says no to each after its alarm for space, until somebody has made room and disarmed that.
 * Other processes may be the first to hear of it: so who asks often is answered from a look that isn't old.
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

  /** etcd has refused a write for want of space. */
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
      // One that is away isn't full.
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
