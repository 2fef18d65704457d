import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { ErrorCode } from '../../../src/kernel/error-catalogue.ts';
import { isKamadoError } from '../../../src/kernel/errors.ts';
import type { Json, JsonObject } from '../../../src/kernel/json.ts';
import type { Stack, StackEngine, StackRef, StackRequest, StackSummary } from '../../../src/southbound/stack/stack.ts';

/** A running engine, and what stands behind it. */
export interface ContractSubject {
  readonly engine: StackEngine;
  /** Two projects that the engine may use. */
  readonly project: string;
  readonly otherProject: string;
  /** Ends what stands behind the engine as kill -9 does. */
  readonly kill: () => Promise<void>;
  /** It runs again, with the stacks that it had; resolves when it answers. */
  readonly restart: () => Promise<void>;
  /** Every token that was given is no longer good. Where absent, there are no tokens. */
  readonly expireTokens?: () => Promise<void>;
  /** Ends everything, the engine too. */
  readonly close: () => Promise<void>;
}

const PATIENCE_MS = 120_000;
const LOOK_MS = 60;
const TIMEOUT_MINUTES = 3;

/** A template with resources and whatever else it has. */
export function hot(resources: JsonObject, rest: JsonObject = {}): string {
  return JSON.stringify({ heat_template_version: '2018-08-31', ...rest, resources });
}

/** A resource that does what it is told: fails, waits, is replaced. */
export function tester(properties: JsonObject, rest: JsonObject = {}): JsonObject {
  return { type: 'OS::Heat::TestResource', properties, ...rest };
}

/** One resource `a` with a value, which is the output `value`, and its id, the output `id`. */
export function oneTester(properties: JsonObject): string {
  const outputs = { value: { value: { get_attr: ['a', 'output'] } }, id: { value: { get_resource: 'a' } } };
  return hot({ a: tester(properties) }, { outputs });
}

/** Says what is asked of the port, and waits for what comes of it. */
export class Asker {
  readonly subject: ContractSubject;
  readonly #created = new Map<string, StackRef>();
  readonly #prefix = `contract_${process.pid}_`;
  #last = 0;

  constructor(subject: ContractSubject) {
    this.subject = subject;
  }

  /** A stack that nobody else uses. */
  ref(project = this.subject.project): StackRef {
    this.#last += 1;
    return this.#noted({ project, name: `${this.#prefix}${this.#last}` });
  }

  #noted(ref: StackRef): StackRef {
    this.#created.set(`${ref.project}/${ref.name}`, ref);
    return ref;
  }

  /** The same name in another project. */
  sameIn(project: string, { name }: StackRef): StackRef {
    return this.#noted({ project, name });
  }

  create(ref: StackRef, revision: string, template: string, parameters: JsonObject = {}): Promise<void> {
    return this.subject.engine.create(requestOf(ref, revision, template, parameters), signal());
  }

  update(ref: StackRef, revision: string, template: string, parameters: JsonObject = {}): Promise<void> {
    return this.subject.engine.update(requestOf(ref, revision, template, parameters), signal());
  }

  delete(ref: StackRef): Promise<void> {
    return this.subject.engine.delete(ref, signal());
  }

  show(ref: StackRef): Promise<Stack | null> {
    return this.subject.engine.show(ref, signal());
  }

  async summary({ project, name }: StackRef): Promise<StackSummary | null> {
    return (await this.subject.engine.statuses(project, [name], signal())).get(name) ?? null;
  }

  async reasons(ref: StackRef): Promise<readonly string[]> {
    const events = await this.subject.engine.events(ref, signal());
    return events.map(({ resource, status, reason }) => `${resource} ${status} ${reason}`);
  }

  /** Waits until the request with the revision is done; every look on the way there is handed to `look`. */
  async done(ref: StackRef, revision: string, look: (summary: StackSummary) => void = () => {}): Promise<Stack> {
    await this.#until(`${ref.name} is done with ${revision}`, async () => {
      const summary = await this.summary(ref);
      if (summary === null) return false;
      look(summary);
      return summary.revision === revision && summary.progress !== 'IN_PROGRESS';
    });
    const stack = await this.show(ref);
    assert.ok(stack, `${ref.name} is there`);
    return stack;
  }

  /** Waits until the engine has taken the request with the revision up. */
  async seen(ref: StackRef, revision: string): Promise<void> {
    await this.#until(`${ref.name} has ${revision}`, async () => (await this.summary(ref))?.revision === revision);
  }

  /** As `done`, for a request that must come to a good end. */
  async complete(ref: StackRef, revision: string): Promise<Stack> {
    const stack = await this.done(ref, revision);
    assert.equal(stack.progress, 'COMPLETE', stack.reason);
    return stack;
  }

  async gone(ref: StackRef): Promise<void> {
    await this.#until(`${ref.name} is gone`, async () => (await this.show(ref)) === null);
  }

  /** A stack that is COMPLETE. */
  async made(revision: string, template: string, parameters: JsonObject = {}): Promise<StackRef> {
    const ref = this.ref();
    await this.create(ref, revision, template, parameters);
    await this.complete(ref, revision);
    return ref;
  }

  /** Removes whatever is left. */
  async cleanUp(): Promise<void> {
    for (const ref of this.#created.values()) if ((await this.show(ref)) !== null) await this.delete(ref);
    for (const ref of this.#created.values()) await this.gone(ref);
  }

  /** What an engine that isn't there yet, or not again, throws is waited out. */
  async #until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await isTrue().catch(isPassing))) {
      assert.ok(performance.now() < deadline, `not in time: ${what}`);
      await pause(LOOK_MS);
    }
  }
}

function isPassing(error: unknown): false {
  if (isKamadoError(error, 'STACK_UNAVAILABLE')) return false;
  throw error;
}

/** One that never aborts. */
export function signal(): AbortSignal {
  return new AbortController().signal;
}

function requestOf(ref: StackRef, revision: string, template: string, parameters: JsonObject): StackRequest {
  return { ref, revision, template, parameters, timeoutMinutes: TIMEOUT_MINUTES };
}

/** By their names. */
export function outputsOf({ outputs }: Stack): { readonly [name: string]: Json } {
  return Object.fromEntries(outputs.map(({ output_key, output_value }) => [output_key, output_value]));
}

/** The message of the error, which has one of the codes. */
export async function refused(promise: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<string> {
  let message = '';
  await assert.rejects(promise, (error) => {
    assert.ok(isKamadoError(error), String(error));
    assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
    message = error.message;
    return true;
  });
  return message;
}

/** The asker of a suite that has started. */
export type GiveAsker = () => Asker;
