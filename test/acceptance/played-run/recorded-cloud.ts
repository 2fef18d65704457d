import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isJsonObject, type Json, parseJson } from '../../../src/kernel/json.ts';
import type { Names } from '../../../src/replay/api/names.ts';
import { type CallDifference, callDifferences } from '../../../src/replay/worker/call-differences.ts';
import { heardOf } from '../../../src/replay/worker/heard-of.ts';
import { isFault, type Shown } from '../../../src/replay/worker/heat-recording.ts';
import { type MadeCall, RecordedHeat } from '../../../src/replay/worker/recorded-heat.ts';
import { recordedTurns } from '../../../src/replay/worker/recorded-turns.ts';
import { type StackScript, scriptOf, type Testimony } from '../../../src/replay/worker/stack-script.ts';
import { testimoniesOf } from '../../../src/replay/worker/testimonies.ts';
import { usualCall } from '../../../src/replay/worker/usual-calls.ts';
import type { WorkerRun } from '../../../src/replay/worker/worker-replay.ts';
import { stackName } from '../../../src/records/stack-record.ts';
import { HEAT_WORKER } from '../../../src/worker/heat/heat-worker.ts';

/** The time from the answer to a call until a look showed that it was done, in milliseconds of `performance.now()`. */
export interface StackWait {
  readonly stack: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** How a Heat behaves that answers as was recorded. */
export interface RecordedCloudOptions {
  /** What is called how here; learnt elsewhere. */
  readonly names: Names;
  /** Whether a stack is done when it is looked at for the first time, or goes through what was seen of it. */
  readonly isQuick?: boolean;
}

/** What a stack is that is to be removed: of its removal nothing is recorded. */
const removal: StackScript = {
  before: { status: 'CREATE_COMPLETE', reason: null, outputs: null, timeoutMinutes: null },
  refusal: null,
  after: [null],
};

/**
 * Heat on a port of loopback, without Keystone. It answers each creation and update of a stack as the run's Heat
 * answered that of the resource that it stands for, and removes what it is asked to.
 */
export class RecordedCloud {
  readonly #heat = new RecordedHeat();
  readonly #names: Names;
  readonly #isQuick: boolean;
  readonly #testimonies: readonly Testimony[];
  readonly #played = new Set<Testimony>();
  readonly #differences: CallDifference[] = [];
  /** The stacks that were made, and not removed. */
  readonly #standing = new Set<string>();
  readonly #begun = new Map<string, number>();
  readonly #waits: StackWait[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #gate: Promise<void> = Promise.resolve();

  static async start(recorded: WorkerRun, options: RecordedCloudOptions): Promise<RecordedCloud> {
    const cloud = new RecordedCloud(recorded, options);
    cloud.#server.listen(0, '127.0.0.1');
    await once(cloud.#server, 'listening');
    return cloud;
  }

  private constructor({ run, exchanges, log }: WorkerRun, { names, isQuick = false }: RecordedCloudOptions) {
    this.#names = names;
    this.#isQuick = isQuick;
    const { turns } = recordedTurns(run, HEAT_WORKER, heardOf(exchanges ?? [], log));
    this.#testimonies = testimoniesOf(turns, exchanges ?? [], log?.results ?? []).all;
  }

  /** What OS_* says of it. */
  get environment(): { readonly [name: string]: string } {
    const address = this.#server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return { OS_AUTH_TYPE: 'none', OS_ENDPOINT: `http://127.0.0.1:${port}/v1` };
  }

  /** The stacks that are there. */
  get standing(): readonly string[] {
    return [...this.#standing];
  }

  /** Where calls differed from the recorded ones. */
  get differences(): readonly CallDifference[] {
    return this.#differences;
  }

  /** Recorded calls that nobody made. */
  get missing(): readonly string[] {
    const left = this.#testimonies.filter((testimony) => !this.#played.has(testimony));
    return left.map(({ turn }) => turn.job.id);
  }

  get waits(): readonly StackWait[] {
    return this.#waits;
  }

  /** Answers nothing until what is given back is called. */
  hold(): () => void {
    let release = (): void => {};
    this.#gate = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text: string[] = [];
    request.setEncoding('utf8');
    for await (const part of request as AsyncIterable<string>) text.push(part);
    await this.#gate;
    const url = `http://${request.headers.host ?? ''}${request.url ?? ''}`;
    const method = (['GET', 'POST', 'PUT', 'DELETE'] as const).find((known) => known === request.method) ?? 'GET';
    const body = text.length === 0 ? null : text.join('');
    const stack = method === 'GET' ? '' : stackIn(url, body);
    const isPlayed = method === 'GET' || this.#begin(method, stack);
    const { status, headers, body: answer } = await this.#heat.send({ method, url, body });
    response.writeHead(isPlayed ? status : 500, { ...headers, 'content-type': 'application/json' });
    response.end(answer);
    if (method === 'GET') this.#noteLook(parseJson(answer));
    else if (status < 300) this.#noteCall(method, stack);
  }

  /** Sets the stage for a call; false where none of the kind was recorded. */
  #begin(method: 'POST' | 'PUT' | 'DELETE', stack: string): boolean {
    if (method === 'DELETE') {
      if (this.#standing.has(stack)) this.#heat.begin(stack, removal);
      return true;
    }
    const recorded = this.#names.toRecorded(stack);
    const testimony = this.#testimonies.find((one) => {
      const { action, resource_type: type, resource_id: id } = one.turn.job;
      return !this.#played.has(one) && usualCall(action) === method && stackName(type, id) === recorded;
    });
    if (testimony === undefined) return false;
    this.#played.add(testimony);
    const { before, refusal, after } = scriptOf(testimony);
    const shown = this.#isQuick ? after.slice(-1) : after;
    this.#heat.begin(stack, { before, refusal, after: shown.map((one) => this.#inOurNames(one)) });
    return true;
  }

  #inOurNames(shown: Shown): Shown {
    if (shown === null || isFault(shown) || shown.outputs === null) return shown;
    return { ...shown, outputs: shown.outputs.map((output) => this.#names.toOurs(output)) };
  }

  #noteCall(method: 'POST' | 'PUT' | 'DELETE', stack: string): void {
    this.#begun.set(stack, performance.now());
    if (method === 'DELETE') {
      this.#standing.delete(stack);
      return;
    }
    this.#standing.add(stack);
    for (const made of this.#heat.calls) this.#compare(made);
  }

  #compare(made: MadeCall): void {
    const stack = this.#names.toRecorded(made.stack);
    const body = made.body === null ? null : this.#names.toRecorded(made.body);
    const testimony = [...this.#played].findLast(({ call }) => call?.stack === stack && call.kind === made.kind);
    if (testimony?.call == null) return;
    const context = { isSecretParameter: () => false, secrets: [], shownTimeout: null };
    const found = callDifferences(testimony.call, { ...made, stack, body }, context);
    if (found.differences.length > 0) this.#differences.push(found);
  }

  /** What is seen to be done isn't waited for any more. */
  #noteLook(answer: Json | undefined): void {
    const seen = isJsonObject(answer) ? answer : {};
    const listed: readonly Json[] = Array.isArray(seen.stacks) ? seen.stacks : [];
    for (const one of [...listed, seen.stack]) {
      if (!isJsonObject(one) || String(one.stack_status).endsWith('IN_PROGRESS')) continue;
      const stack = String(one.stack_name);
      const fromMs = this.#begun.get(stack);
      if (fromMs !== undefined) this.#waits.push({ stack, fromMs, toMs: performance.now() });
      this.#begun.delete(stack);
    }
  }
}

/** The stack that a call is about: '/v1/<project>/stacks/<name>/<id>', or named in the body. */
function stackIn(url: string, body: string | null): string {
  const [, , , , inPath] = new URL(url).pathname.split('/');
  if (inPath !== undefined) return decodeURIComponent(inPath);
  const sent = body === null ? undefined : parseJson(body);
  return isJsonObject(sent) ? String(sent.stack_name) : '';
}
