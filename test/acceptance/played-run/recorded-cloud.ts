import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isJsonObject, type Json, parseJson } from '../../../src/kernel/json.ts';
import { stackName } from '../../../src/records/stack-record.ts';
import type { Names } from '../../../src/replay/api/names.ts';
import { type CallDifference, callDifferences } from '../../../src/replay/worker/call-differences.ts';
import { evidenceListOf } from '../../../src/replay/worker/evidence-list.ts';
import {
  type CallKind,
  isFault,
  type StackReading,
  type StackView,
} from '../../../src/replay/worker/heat-recording.ts';
import { receivedOf } from '../../../src/replay/worker/received-jobs.ts';
import { type MadeCall, RecordedHeat } from '../../../src/replay/worker/recorded-heat.ts';
import { recordedTurns } from '../../../src/replay/worker/recorded-turns.ts';
import { type Evidence, type StackScript, scriptOf } from '../../../src/replay/worker/stack-script.ts';
import { doneAs, usualCall } from '../../../src/replay/worker/usual-calls.ts';
import type { WorkerRun } from '../../../src/replay/worker/worker-replay.ts';
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

/** A stack that is there. */
const standing: StackView = { status: 'CREATE_COMPLETE', reason: null, outputs: null, timeoutMinutes: null };

/**
 * Heat on a port of loopback, without Keystone. It answers each creation and update of a stack as the run's Heat
 * answered that of the resource that it stands for, and removes what it is asked to.
 */
export class RecordedCloud {
  readonly #heat = new RecordedHeat();
  #names: Names;
  #isQuick: boolean;
  readonly #evidenceList: readonly Evidence[];
  readonly #played = new Set<Evidence>();
  readonly #differences: CallDifference[] = [];
  /** The stacks that were made, and not removed. */
  readonly #standing = new Set<string>();
  /** What they give. */
  readonly #outputs = new Map<string, readonly Json[]>();
  readonly #unrecorded: string[] = [];
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
    const { turns } = recordedTurns(run, HEAT_WORKER, receivedOf(exchanges ?? [], log));
    this.#evidenceList = evidenceListOf(turns, exchanges ?? [], log?.results ?? []).all;
  }

  /** What OS_* says of it. */
  get environment(): { readonly [name: string]: string } {
    const address = this.#server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return { OS_AUTH_TYPE: 'none', OS_ENDPOINT: `http://127.0.0.1:${port}/v1` };
  }

  /** Begins the run anew. */
  begin({ names, isQuick = false }: RecordedCloudOptions): void {
    this.#names = names;
    this.#isQuick = isQuick;
    this.#played.clear();
    this.#unrecorded.length = 0;
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
    const left = this.#evidenceList.filter((evidence) => !this.#played.has(evidence));
    return left.map(({ turn }) => turn.job.id);
  }

  /** Calls that nobody recorded: they were answered as Heat answers such calls. */
  get unrecorded(): readonly string[] {
    return this.#unrecorded;
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
    if (method !== 'GET') this.#begin(method, stack);
    const { status, headers, body: answer } = await this.#heat.send({ method, url, body });
    response.writeHead(status, { ...headers, 'content-type': 'application/json' });
    response.end(answer);
    if (method === 'GET') this.#noteLook(parseJson(answer));
    else if (status < 300) this.#noteCall(method, stack);
  }

  /** Sets the stage for a call. */
  #begin(method: CallKind, stack: string): void {
    const script = method === 'DELETE' ? null : this.#recordedScript(method, stack);
    if (script !== null) this.#heat.begin(stack, script);
    else if (this.#standing.has(stack)) this.#heat.begin(stack, this.#usualScript(method, stack));
  }

  #recordedScript(method: CallKind, stack: string): StackScript | null {
    const recorded = this.#names.toRecorded(stack);
    const evidence = this.#evidenceList.find((one) => {
      const { action, resource_type: type, resource_id: id } = one.turn.job;
      return !this.#played.has(one) && usualCall(action) === method && stackName(type, id) === recorded;
    });
    if (evidence === undefined) return null;
    this.#played.add(evidence);
    const { before, refusal, after } = scriptOf(evidence);
    const shown = this.#isQuick ? after.slice(-1) : after;
    return { before, refusal, after: shown.map((one) => this.#inOurNames(one)) };
  }

  /** For what wasn't recorded: a stack that is there becomes what is asked for, and gives what it gave. */
  #usualScript(method: CallKind, stack: string): StackScript {
    const [status, reason] = doneAs[method];
    const outputs = this.#outputs.get(stack) ?? null;
    if (method !== 'DELETE') this.#unrecorded.push(`${method} ${stack}`);
    return {
      before: standing,
      refusal: null,
      after: [method === 'DELETE' ? null : { ...standing, status, reason, outputs }],
    };
  }

  #inOurNames(shown: StackReading): StackReading {
    if (shown === null || isFault(shown) || shown.outputs === null) return shown;
    return { ...shown, outputs: shown.outputs.map((output) => this.#names.toOurs(output)) };
  }

  #noteCall(method: CallKind, stack: string): void {
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
    const evidence = [...this.#played].findLast(({ call }) => call?.stack === stack && call.kind === made.kind);
    if (evidence?.call == null) return;
    const context = { isSecretParameter: () => false, secrets: [], shownTimeout: null };
    const found = callDifferences(evidence.call, { ...made, stack, body }, context);
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
      if (Array.isArray(one.outputs)) this.#outputs.set(stack, one.outputs);
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
