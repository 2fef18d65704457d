import { type JsonObject, type KamadoError, kamadoError, limits, redactorOf } from '../../kernel/index.ts';
import type { Stack, StackEvent, StackRef, StackRequest, StackSummary } from '../stack/index.ts';
import type { Access, AccessSource } from './access.ts';
import { createdId, eventsIn, isGone, rowsIn, type StackRow, stackIn, tagsOf } from './heat-answers.ts';
import { heatError, isAboutStack } from './heat-errors.ts';
import type { HttpAnswer, HttpRequest, HttpSend } from './http.ts';
import { StackIds } from './stack-ids.ts';

/** The valid names of stacks. Heat refuses others, so they never exist. */
const STACK_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,254}$/;

/** A request below the API of a project. */
interface Call {
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly body?: JsonObject;
}

/** An answer, and its origin. */
interface Answered {
  readonly answer: HttpAnswer;
  readonly access: Access;
}

/**
 * Heat's orchestration API, version 1. Stacks are addressed by name and id, since Heat redirects requests by name
 * alone. Ids are cached, and looked up by name if one is missing or outdated.
 */
export class Heat {
  readonly #send: HttpSend;
  readonly #source: AccessSource;
  readonly #ids = new StackIds();

  constructor(send: HttpSend, source: AccessSource) {
    this.#send = send;
    this.#source = source;
  }

  async create(request: StackRequest, signal: AbortSignal): Promise<void> {
    const { ref } = request;
    if (!STACK_NAME.test(ref.name)) {
      const reason = 'its name does not begin with a letter, is longer than 255, or holds more than A-Z a-z 0-9 _ . -';
      throw kamadoError('STACK_REFUSED', { stack: ref.name, reason });
    }
    const call: Call = { method: 'POST', path: '/stacks', body: { stack_name: ref.name, ...bodyOf(request) } };
    const answered = await this.#call(ref.project, call, signal);
    if (answered.answer.status !== 201) throw refusal(answered, ref);
    this.#ids.set(
      ref,
      createdId(answered.answer, (reason) => invalid(answered, reason)),
    );
  }

  async update(request: StackRequest, signal: AbortSignal): Promise<void> {
    const { ref } = request;
    const body = bodyOf(request);
    const isTaken = await this.#byId(ref, signal, async (path) => {
      const answered = await this.#call(ref.project, { method: 'PUT', path, body }, signal);
      // The body is HTML, or empty.
      if (answered.answer.status === 202) return true;
      return absent(answered, ref);
    });
    if (isTaken === null) throw kamadoError('STACK_NOT_FOUND', { stack: ref.name });
  }

  async delete(ref: StackRef, signal: AbortSignal): Promise<void> {
    await this.#byId(ref, signal, async (path) => {
      const answered = await this.#call(ref.project, { method: 'DELETE', path }, signal);
      return answered.answer.status === 204 ? true : absent(answered, ref);
    });
  }

  show(ref: StackRef, signal: AbortSignal): Promise<Stack | null> {
    return this.#byId(ref, signal, async (path) => {
      const answered = await this.#call(ref.project, { method: 'GET', path }, signal);
      if (answered.answer.status !== 200) return absent(answered, ref);
      const fault = (reason: string) => invalid(answered, reason);
      const stack = stackIn(answered.answer, fault);
      if (stack.name !== ref.name) throw fault('it is about another stack');
      return isGone(stack) ? null : stack;
    });
  }

  /** Nested stacks are left out. */
  async statuses(
    project: string,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, StackSummary>> {
    const found = new Map<string, StackRow>();
    for (const part of partsOf(names)) {
      for (const row of await this.#list(project, part, signal)) keepNewest(found, row);
    }
    for (const [name, { summary }] of found) this.#ids.set({ project, name }, summary.id);
    return new Map([...found].map(([name, { summary }]) => [name, summary]));
  }

  /** The events of the existing stack: Heat would also return those of a deleted one. */
  async events(ref: StackRef, signal: AbortSignal): Promise<readonly StackEvent[]> {
    const id = await this.#find(ref, signal);
    if (id === null) return [];
    const path = `/stacks/${ref.name}/${id}/events?sort_dir=desc&limit=${limits.stackEvents}`;
    const answered = await this.#call(ref.project, { method: 'GET', path }, signal);
    if (answered.answer.status !== 200) return absent(answered, ref) ?? [];
    const events = eventsIn(answered.answer, (reason) => invalid(answered, reason));
    return events.slice(0, limits.stackEvents);
  }

  close(): void {
    this.#source.close();
  }

  /** Calls with the id of a stack. null if it doesn't exist. A cached id may be that of a deleted stack. */
  async #byId<Result>(
    ref: StackRef,
    signal: AbortSignal,
    use: (path: string) => Promise<Result | null>,
  ): Promise<Result | null> {
    const known = this.#ids.get(ref);
    const result = known === undefined ? null : await use(`/stacks/${ref.name}/${known}`);
    if (result !== null) return result;
    const id = await this.#find(ref, signal);
    return id === null ? null : await use(`/stacks/${ref.name}/${id}`);
  }

  async #find(ref: StackRef, signal: AbortSignal): Promise<string | null> {
    const found = await this.statuses(ref.project, [ref.name], signal);
    const id = found.get(ref.name)?.id ?? null;
    if (id === null) this.#ids.delete(ref);
    return id;
  }

  async #list(project: string, names: readonly string[], signal: AbortSignal): Promise<readonly StackRow[]> {
    const answered = await this.#call(
      project,
      { method: 'GET', path: `/stacks?${names.map(nameQuery).join('&')}` },
      signal,
    );
    if (answered.answer.status !== 200) throw refusal(answered, { project, name: names.join(', ').slice(0, 255) });
    const rows = rowsIn(answered.answer, project, new Set(names), (reason) => invalid(answered, reason));
    return rows.filter(({ summary }) => !isGone(summary));
  }

  /** Calls Heat. Calls once more if Heat refuses the token, which may have been revoked. */
  async #call(project: string, call: Call, signal: AbortSignal): Promise<Answered> {
    const first = await this.#exchange(await this.#source.to(project), call, signal);
    if (first.answer.status !== 401 || !this.#source.discard(project, first.access)) return first;
    return await this.#exchange(await this.#source.to(project), call, signal);
  }

  async #exchange(access: Access, { method, path, body }: Call, signal: AbortSignal): Promise<Answered> {
    const answer = await this.#send({
      method,
      url: `${access.endpoint}${path}`,
      headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }), ...access.headers },
      body: body === undefined ? null : JSON.stringify(body),
      signal,
    });
    return { answer, access };
  }
}

/** The body of a create or update. An update removes everything that it doesn't name. */
function bodyOf({ template, parameters, timeoutMinutes, revision }: StackRequest): JsonObject {
  return { template, parameters, timeout_mins: timeoutMinutes, disable_rollback: true, tags: tagsOf(revision) };
}

/** Returns null for a missing stack. @throws the error in any other answer */
function absent(answered: Answered, ref: StackRef): null {
  if (answered.answer.status === 404 && isAboutStack(answered.answer)) return null;
  throw refusal(answered, ref);
}

function refusal({ answer, access }: Answered, { project, name }: StackRef): KamadoError {
  const { 'x-auth-token': token = '' } = access.headers;
  return heatError(answer, { endpoint: access.endpoint, project, stack: name, redact: redactorOf([token]) });
}

function invalid({ access }: Answered, reason: string): KamadoError {
  return kamadoError('STACK_ANSWER_INVALID', { service: 'Heat', endpoint: access.endpoint, reason });
}

function nameQuery(name: string): string {
  return `name=${encodeURIComponent(name)}`;
}

/** Splits names so that URLs aren't too long. Invalid names, which no stack can have, are left out. */
function* partsOf(names: readonly string[]): Generator<readonly string[]> {
  let part: string[] = [];
  let length = 0;
  for (const name of new Set(names)) {
    if (!STACK_NAME.test(name)) continue;
    const more = nameQuery(name).length + 1;
    if (part.length > 0 && length + more > limits.stackQueryBytes) {
      yield part;
      part = [];
      length = 0;
    }
    part.push(name);
    length += more;
  }
  if (part.length > 0) yield part;
}

/** A name should occur once. If it doesn't, the newest stack counts. */
function keepNewest(found: Map<string, StackRow>, row: StackRow): void {
  const { name } = row.summary;
  const other = found.get(name);
  if (other === undefined || other.createdAt <= row.createdAt) found.set(name, row);
}
