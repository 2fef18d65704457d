import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { JsonObject } from '../../src/kernel/json.ts';
import type { Random } from '../simulation/random.ts';
import type { LoadType } from './kill-under-load-catalog.ts';
import { type Answer, objectOf, type Rest } from './rest.ts';

/** What a client was answered about a resource. */
export interface Promised {
  readonly type: LoadType;
  readonly id: string;
  readonly baseId: string | null;
  /** As it was last written. */
  name: string;
  fails: boolean;
  deleted: boolean;
}

const MOST_RESOURCES = 12;
const LONGEST_PAUSE_MS = 60;
const RETRY_MS = 50;
/** An API that was killed is back long before. */
const PATIENCE_MS = 60_000;

/** The URL of a resource. */
export function urlOf({ type, id }: Pick<Promised, 'type' | 'id'>): string {
  return `/v2.0/${type}s/${id}`;
}

/**
 * A client with resources of its own: creates, changes and deletes them, one after the other. What isn't answered, it
 * asks again until it is; what is answered with success, it remembers.
 */
export class LoadClient {
  readonly promised: Promised[] = [];
  readonly #rest: Rest;
  readonly #random: Random;
  #writes = 0;

  constructor(rest: Rest, random: Random) {
    this.#rest = rest;
    this.#random = random;
  }

  /** Works until `stopped` aborts, and what it has begun is answered. */
  async run(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      await this.#step();
      await pause(this.#random.between(0, LONGEST_PAUSE_MS));
    }
  }

  async #step(): Promise<void> {
    const live = this.promised.filter(({ deleted }) => !deleted);
    const isFull = live.length >= MOST_RESOURCES;
    const draw = this.#random.fraction();
    if (live.length > 0 && draw < 0.4) await this.#change(this.#random.pick(live));
    else if (live.length > 0 && (isFull || draw < 0.6)) await this.#remove(this.#random.pick(live));
    else await this.#create(live);
  }

  async #create(live: readonly Promised[]): Promise<void> {
    const bases = live.filter(({ type }) => type === 'base');
    const draw = this.#random.fraction();
    const type: LoadType = draw < 0.1 ? 'note' : draw < 0.5 || bases.length === 0 ? 'base' : 'leaf';
    const baseId = type === 'leaf' ? this.#random.pick(bases).id : null;
    const one: Promised = { type, id: this.#random.uuid(), baseId, ...this.#content(), deleted: false };
    const fields: JsonObject = { id: one.id, name: one.name, fails: one.fails, ...(baseId ? { base_id: baseId } : {}) };
    const { status, body } = await this.#ask('POST', `/v2.0/${type}s`, { [type]: fields });
    // Asked again, it may be there already.
    assert.ok(status === 201 || status === 409, `POST ${type}: ${status} ${JSON.stringify(body)}`);
    if (status === 409) {
      const found = await this.#ask('GET', urlOf(one));
      assert.equal(found.status, 200, `POST ${type}: ${JSON.stringify(body)}`);
    }
    this.promised.push(one);
  }

  async #change(one: Promised): Promise<void> {
    const { name, fails } = this.#content();
    const { status, body } = await this.#ask('PATCH', urlOf(one), { [one.type]: { name, fails } });
    assert.equal(status, 200, `PATCH ${urlOf(one)}: ${JSON.stringify(body)}`);
    Object.assign(one, { name, fails });
  }

  /** Deletes one; what something still stands on, or that is on its way out, stays. */
  async #remove(one: Promised): Promise<void> {
    const { status, body } = await this.#ask('DELETE', urlOf(one));
    if (status === 409 && one.type === 'base') return;
    // Asked again, it may be gone already.
    assert.ok(status === 204 || status === 404, `DELETE ${urlOf(one)}: ${status} ${JSON.stringify(body)}`);
    one.deleted = true;
  }

  #content(): { readonly name: string; readonly fails: boolean } {
    return { name: `write ${++this.#writes}`, fails: this.#random.chance(0.1) };
  }

  /** Asks until there is an answer that isn't about an outage. */
  async #ask(method: string, path: string, body?: JsonObject): Promise<Answer> {
    const endMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.#rest.call(method, path, body).catch(() => null);
      if (answer !== null && answer.status !== 503) return answer;
      assert.ok(performance.now() < endMs, `${method} ${path} is not answered: ${JSON.stringify(objectOf(answer))}`);
      await pause(RETRY_MS);
    }
  }
}
