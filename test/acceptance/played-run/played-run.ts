import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { parseResourceKey, resourceKey, TEMPLATE_TYPE } from '../../../src/records/keys.ts';
import { decodeState } from '../../../src/records/state-record.ts';
import { answerComparison, versionComparison } from '../../../src/replay/api/api-comparison.ts';
import { recordedWrites } from '../../../src/replay/api/api-replay.ts';
import { ConfigLedger, versionWrite } from '../../../src/replay/api/config-ledger.ts';
import type { Names } from '../../../src/replay/api/names.ts';
import { idIn, type RecordedRequest } from '../../../src/replay/api/recorded-requests.ts';
import type { Scenario, Step } from '../../../src/replay/api/scenario.ts';
import type { Difference } from '../../../src/replay/differences.ts';
import type { RecordedEvent } from '../../../src/replay/recorded-event.ts';
import type { Model } from '../../../src/schema/model.ts';
import type { Store } from '../../../src/store/store.ts';
import { objectOf, type Rest, untilStatus } from '../rest.ts';
import type { RecordedCloud } from './recorded-cloud.ts';
import { type SeenWrite, StoreView } from './store-view.ts';

/** A running system, and what is around it. */
export interface PlayedOn {
  readonly rest: Rest;
  readonly store: Store;
  readonly model: Model;
  readonly cloud: RecordedCloud;
  /** Learns what is called how; the cloud's. */
  readonly names: Names;
}

/** What wasn't as it was recorded. */
export interface PlayedDifference {
  readonly subject: string;
  readonly differences: readonly Difference[];
}

/**
 * Plays a recorded run on a running system: asks what its client asked, with the same waits for what its client waited
 * for, and tells what its collector saw, of the version that it saw. Everything else is the system's doing.
 */
export class PlayedRun {
  /** What the client saw last of each resource, by its path. */
  readonly seen = new Map<string, JsonObject>();
  readonly #scenario: Scenario;
  readonly #on: PlayedOn;
  readonly #ledger: ConfigLedger;
  readonly #answers: PlayedDifference[] = [];
  #order = 0;

  constructor(scenario: Scenario, on: PlayedOn) {
    this.#scenario = scenario;
    this.#on = on;
    this.#ledger = new ConfigLedger(
      on.names,
      recordedWrites(scenario, (url) => this.#isTemplate(url)),
    );
  }

  /** Plays from the first request to the last report. Throws where the system doesn't follow. */
  async play(): Promise<void> {
    const view = await StoreView.open(this.#on.store, (write) => this.#note(write));
    try {
      for (const [i, step] of this.#scenario.steps.entries()) await this.#follow(step, i, view);
    } finally {
      view.close();
    }
  }

  /** Where answers, versions under /config, and calls to the cloud differ from what was recorded. */
  differences(): readonly PlayedDifference[] {
    const { steps, run } = this.#scenario;
    const { names, model, cloud } = this.#on;
    this.#ledger.pairUntil(steps.length);
    const typeAt = (url: string) => model.byUrl.get(url) ?? run.model.byUrl.get(url);
    const versions = this.#ledger.pairs().map((pair) => versionComparison(pair, { names, typeAt }, () => null));
    return [
      ...this.#answers,
      ...versions.filter(({ differences: found }) => found.length > 0),
      ...cloud.differences.map(({ line, differences: found }) => ({ subject: `call ${line}`, differences: found })),
    ];
  }

  async #follow(step: Step, i: number, view: StoreView): Promise<void> {
    switch (step.kind) {
      case 'write':
        return await this.#ask(step.request, i);
      case 'look':
        return await this.#look(step.request);
      case 'config':
        return await this.#untilVersion(step.event, i, view);
      case 'report':
        return await (parseResourceKey(step.event.key)?.family === 'state'
          ? this.#untilState(step.event, view)
          : this.#tell(step.event, view));
    }
  }

  /** No stack moves until it is answered. */
  async #ask(request: RecordedRequest, i: number): Promise<void> {
    const { rest, names, cloud, model } = this.#on;
    const { method, path, body, response } = request;
    names.keep({ path, body }, (name) => this.#ledger.isRecorded(name));
    const release = cloud.hold();
    try {
      const { status, body: given } = await rest.call(method, names.toOurs(path), names.toOurs(body) ?? undefined);
      const answer = { status, body: objectOf(given) };
      names.learn(response ?? {}, answer.body);
      assert.ok(method !== 'POST' || idIn(answer.body) !== null, `${method} ${path}: ${JSON.stringify(answer)}`);
      const typeAt = (url: string) => model.byUrl.get(url);
      const compared = answerComparison({ family: 'requests', request, answer, step: i }, { names, typeAt });
      if (compared.differences.length > 0) this.#answers.push(compared);
    } finally {
      release();
    }
  }

  /** The client looked until it saw what it waited for. */
  async #look({ path, response }: RecordedRequest): Promise<void> {
    const { rest, names } = this.#on;
    const [resource] = Object.values(response ?? {});
    const { status } = objectOf(resource);
    const own = names.toOurs(path);
    const seen = typeof status === 'string' ? await untilStatus(rest, own, status) : await rest.get(own);
    this.seen.set(own, objectOf(seen));
  }

  async #untilVersion({ key, value, kind }: RecordedEvent, i: number, view: StoreView): Promise<void> {
    const write = versionWrite(key, kind === 'put' ? value : null, { place: { index: 0, order: i }, order: i });
    if (write === null || this.#isTemplate(write.url)) return;
    await view.until(`${key}, version ${write.version}`, () => {
      this.#ledger.pairUntil(i + 1);
      if (!this.#on.names.isKnown(write.id)) return false;
      const own = view.values.get(this.#on.names.toOurs(key)) ?? null;
      const version = own === null ? null : versionWrite(key, own, write)?.version;
      return version === write.version || (Number(version) > Number(write.version) && write.version !== 'deleted');
    });
  }

  async #untilState({ key, value }: RecordedEvent, view: StoreView): Promise<void> {
    await this.#untilStateOf(key, decodeState(value)?.version ?? 0, view);
  }

  /** A collector sees what is there: that version, or one after it. */
  async #tell({ key, value }: RecordedEvent, view: StoreView): Promise<void> {
    const { names, store } = this.#on;
    const { url = '', id = '' } = parseResourceKey(key) ?? {};
    await this.#untilStateOf(resourceKey('state', url, id), Number(objectOf(JSON.parse(value)).version), view);
    await store.transact({ success: [{ type: 'put', key: names.toOurs(key), value: names.toOurs(value) }] });
  }

  async #untilStateOf(key: string, version: number, view: StoreView): Promise<void> {
    await view.until(`${key}, version ${version}`, () => {
      const state = decodeState(view.values.get(this.#on.names.toOurs(key)) ?? '');
      assert.equal(state?.error ?? '', '', key);
      return state !== null && state.version >= version;
    });
  }

  #note({ key, value }: SeenWrite): void {
    const write = versionWrite(key, value, { place: { index: 0, order: 0 }, order: this.#order++ });
    if (write !== null && !this.#isTemplate(write.url)) this.#ledger.note(write);
  }

  /** Each installation has templates of its own. */
  #isTemplate(url: string): boolean {
    return [this.#scenario.run.model, this.#on.model].some((model) => model.types.get(TEMPLATE_TYPE)?.url === url);
  }
}
