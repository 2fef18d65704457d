import { isJsonObject, type Json, type JsonObject, parseJson } from '../../kernel/index.ts';
import type { HttpAnswer, HttpRequest } from '../../southbound/heat/index.ts';
import { type CallKind, type HeatFault, isFault, type StackReading, type StackView } from './heat-recording.ts';
import type { StackScript } from './stack-script.ts';

/** A call of the worker that changes a stack. */
export interface MadeCall {
  readonly kind: CallKind;
  readonly project: string;
  readonly stack: string;
  /** Null: none was sent. */
  readonly body: JsonObject | null;
}

interface HeldStack {
  readonly id: string;
  readonly tags: Json;
  /** The results of the next reads, in order; the last one stays. */
  readonly shown: StackReading[];
}

/** The address of the simulated Heat, which answers as recorded; no request leaves the process. */
export const HEAT_ENDPOINT = 'http://heat.invalid/v1';

const NO_STACK: HeatFault = { status: 404, body: errorOf(404, 'StackNotFound') };
const STACK_EXISTS: HeatFault = { status: 409, body: errorOf(409, 'StackExists') };

/** Heat's API, as far as a worker uses it. It answers as recorded, and keeps the requests. */
export class RecordedHeat {
  readonly #stacks = new Map<string, HeldStack>();
  #stack = '';
  #script: StackScript = { before: null, refusal: null, after: [] };
  #calls: MadeCall[] = [];
  #ids = 0;

  /** Prepares the answers for one job. */
  begin(stack: string, script: StackScript): void {
    this.#stack = stack;
    this.#script = script;
    this.#calls = [];
    const { before } = script;
    if (before === null) this.#stacks.delete(stack);
    else this.#stacks.set(stack, { id: this.#stacks.get(stack)?.id ?? this.#newId(), tags: null, shown: [before] });
  }

  /** The calls since `begin`. A call that was refused and repeated counts once. */
  get calls(): readonly MadeCall[] {
    return this.#calls;
  }

  send({ method, url, body }: Pick<HttpRequest, 'method' | 'url' | 'body'>): Promise<HttpAnswer> {
    const { pathname, searchParams } = new URL(url);
    const [project = '', kind, stack = '', id, ...more] = pathname.split('/').slice(2).map(decodeURIComponent);
    const sent = body === null ? undefined : parseJson(body);
    const request = isJsonObject(sent) ? sent : null;
    if (kind !== 'stacks') return refused(NO_STACK);
    if (method === 'POST') return this.#create(project, request);
    if (stack === '') return this.#list(searchParams.getAll('name'));
    const held = this.#stacks.get(stack);
    if (held === undefined || (id !== undefined && id !== held.id)) return refused(NO_STACK);
    if (more.length > 0) return answer(200, { [more[0] ?? '']: [] });
    if (id === undefined) return answer(302, {}, { location: `${url}/${held.id}` });
    return method === 'GET' ? this.#show(stack, held) : this.#change(method, { project, stack, body: request }, held);
  }

  #create(project: string, body: JsonObject | null): Promise<HttpAnswer> {
    const stack = typeof body?.stack_name === 'string' ? body.stack_name : '';
    const refusal = this.#stacks.has(stack) ? STACK_EXISTS : this.#refusalFor(stack);
    // A worker that tries to create first learns that the stack exists: that changes nothing.
    if (refusal !== STACK_EXISTS) this.#note({ kind: 'POST', project, stack, body });
    if (refusal !== null) return refused(refusal);
    const id = this.#newId();
    this.#stacks.set(stack, { id, tags: tagsIn(body), shown: [...this.#afterwards(stack)] });
    return answer(201, { stack: { id, links: [] } });
  }

  #change(method: 'PUT' | 'DELETE', call: Omit<MadeCall, 'kind'>, { id, tags }: HeldStack): Promise<HttpAnswer> {
    const { stack, body } = call;
    this.#note({ kind: method, ...call });
    const refusal = this.#refusalFor(stack);
    if (refusal !== null) return refused(refusal);
    const kept = method === 'PUT' ? tagsIn(body) : tags;
    this.#stacks.set(stack, { id, tags: kept, shown: [...this.#afterwards(stack)] });
    return method === 'PUT' ? answer(202, {}) : answer(204, {});
  }

  #list(names: readonly string[]): Promise<HttpAnswer> {
    const rows: JsonObject[] = [];
    for (const name of names) {
      const held = this.#stacks.get(name);
      const shown = held === undefined ? null : this.#read(name, held);
      if (shown !== null && isFault(shown)) return refused(shown);
      if (held !== undefined && shown !== null) rows.push(rowOf(name, held, shown));
    }
    return answer(200, { stacks: rows });
  }

  #show(name: string, held: HeldStack): Promise<HttpAnswer> {
    const shown = this.#read(name, held);
    if (shown === null) return refused(NO_STACK);
    if (isFault(shown)) return refused(shown);
    return answer(200, { stack: { ...rowOf(name, held, shown), outputs: shown.outputs ?? [] } });
  }

  #read(name: string, { shown }: HeldStack): StackReading {
    const next = (shown.length > 1 ? shown.shift() : shown[0]) ?? null;
    if (next === null) this.#stacks.delete(name);
    return next;
  }

  #note(call: MadeCall): void {
    const last = this.#calls.at(-1);
    if (last?.kind === call.kind && last.stack === call.stack && this.#script.refusal !== null) return;
    this.#calls.push(call);
  }

  #refusalFor(stack: string): HeatFault | null {
    return stack === this.#stack ? this.#script.refusal : null;
  }

  #afterwards(stack: string): readonly StackReading[] {
    return stack === this.#stack ? this.#script.after : [null];
  }

  #newId(): string {
    return `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, '0')}`;
  }
}

function rowOf(name: string, { id, tags }: HeldStack, { status, reason }: StackView): JsonObject {
  return { id, stack_name: name, stack_status: status, stack_status_reason: reason ?? '', tags };
}

/** The tags: Heat accepts a text with commas, and returns a list. */
function tagsIn(body: JsonObject | null): Json {
  return typeof body?.tags === 'string' ? body.tags.split(',') : null;
}

/** An error answer of Heat; in its own words if they were recorded. */
function refused({ status, body }: HeatFault): Promise<HttpAnswer> {
  return answer(status, isJsonObject(body.error) ? body : errorOf(status, 'Error'));
}

function errorOf(code: number, type: string): JsonObject {
  return { code, title: type, explanation: '', error: { type, message: '', traceback: null } };
}

function answer(status: number, body: JsonObject, headers: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
  return Promise.resolve({ status, headers, body: JSON.stringify(body) });
}
