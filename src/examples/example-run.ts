import {
  type Answered,
  differencesOf,
  type ExpectedList,
  type ExpectedResource,
  type FedState,
  type Reference,
  resolvedObject,
  type StepAction,
  valueAt,
} from '../catalog/index.ts';
import { type Row, systemCaller } from '../database/index.ts';
import { isJsonObject, type Json, type JsonObject, limits } from '../kernel/index.ts';
import { completedState, failedState, readComplete, type StateRecord } from '../records/index.ts';
import { actionsOf, type Model, type ResourceType } from '../schema/index.ts';
import type { Answer, Method, ThrowAwaySystem } from './throw-away-system.ts';

/** A step whose result differs from the example. */
export class StepFailure extends Error {
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[]) {
    super(reasons.join('; '));
    this.reasons = reasons;
  }
}

/** A resource that the example has named. */
interface Named {
  readonly type: ResourceType;
  readonly id: string;
}

/** A running example. */
export class ExampleRun {
  readonly #model: Model;
  readonly #system: ThrowAwaySystem;
  readonly #named = new Map<string, Named>();
  /** The body of each named resource, from its last GET. */
  readonly #bodies = new Map<string, JsonObject>();

  constructor(model: Model, system: ThrowAwaySystem) {
    this.#model = model;
    this.#system = system;
  }

  /** @throws StepFailure */
  async carryOut(action: StepAction): Promise<void> {
    await this.#refresh();
    switch (action.kind) {
      case 'create':
        return await this.#create(action);
      case 'update': {
        const { type, id } = this.#resource(action.of);
        const answer = await this.#send('PUT', pathOf(type, id), { [type.singular]: this.#resolved(action.body) });
        return this.#check(action, answer, type);
      }
      case 'delete': {
        const { type, id } = this.#resource(action.of);
        return this.#check({ ...action, expect: null }, await this.#send('DELETE', pathOf(type, id)), type);
      }
      case 'action':
        return await this.#act(action);
      case 'state':
        return await this.#feed(action);
      case 'monitoring': {
        const row = await this.#row(action.of);
        const version = action.version ?? row.configVersion;
        const values = this.#resolved(action.values);
        const outcome = await this.#system.database.applyMonitoring(row.type, row.id, version, values);
        if (outcome === 'refused' || outcome === 'unknown') fail(`it has no version ${version} to be seen`);
        return;
      }
      case 'settle':
        return await this.#settle();
      case 'expect':
        return await this.#expect(action);
      case 'gone': {
        const { type, id } = this.#resource(action.of);
        const { status } = await this.#send('GET', pathOf(type, id));
        if (status !== 404) fail(`${type.id} ${id} is still there`);
        return;
      }
      case 'find':
        return await this.#find(action);
      case 'list':
        return await this.#list(action);
    }
  }

  async #create(action: Extract<StepAction, { readonly kind: 'create' }>): Promise<void> {
    const type = this.#type(action.type);
    const answer = await this.#send('POST', type.url, { [type.singular]: this.#resolved(action.body) });
    this.#check(action, answer, type);
    const { id } = resourceIn(answer, type);
    if (action.as !== null && typeof id === 'string') this.#named.set(action.as, { type, id });
  }

  async #act(action: Extract<StepAction, { readonly kind: 'action' }>): Promise<void> {
    const named = action.of === null ? null : this.#resource(action.of);
    const type = named?.type ?? this.#type(action.type ?? '');
    const called = actionsOf(type).find(({ name }) => name === action.name);
    if (called === undefined) return fail(`${type.id} has no action ${action.name}`);
    const path = called.path.replace(':id', encodeURIComponent(named?.id ?? ''));
    const { method } = called;
    const answer = await this.#send(
      method,
      type.url + path,
      method === 'GET' ? undefined : this.#resolved(action.input),
    );
    this.#judge(action, answer);
    if (action.expect !== null) failOn(differencesOf(this.#resolved(action.expect), answer.body, type));
  }

  /** Reports a state as a worker would. */
  async #feed({ of, version, error, state }: FedState): Promise<void> {
    const row = await this.#row(of);
    const record = recordOf(row, this.#type(row.type), error, this.#resolved(state));
    await this.#apply(row, { ...record, version: version ?? row.configVersion });
  }

  async #apply(row: Row, record: StateRecord): Promise<void> {
    const outcome = await this.#system.database.applyState(row.type, row.id, record);
    if (outcome === 'refused' || outcome === 'unknown')
      fail(`it has no version ${record.version} that could have a state`);
    if (outcome === 'stale') fail(`a state of version ${record.version} is known already`);
  }

  async #settle(): Promise<void> {
    for (let round = 0; round < limits.exampleSettleRounds; round++) {
      const waiting = await this.#waiting();
      if (waiting.length === 0) return;
      for (const { type, id } of waiting) {
        // An earlier row's state may have changed or removed this row.
        const row = await this.#system.database.get(systemCaller, type, id);
        if (row !== null && isWaiting(row)) await this.#apply(row, recordOf(row, this.#type(type), '', {}));
      }
    }
    fail(`after ${limits.exampleSettleRounds} rounds some work still waits: do follow-up revisions never end?`);
  }

  /** The resources whose version has no state. */
  async #waiting(): Promise<readonly Row[]> {
    const types = [...this.#model.types.values()].filter(({ routed, versioned }) => routed && versioned);
    const rows: Row[] = [];
    for (const type of types) rows.push(...(await this.#rows(type)).filter(isWaiting));
    return rows;
  }

  async #expect({ of, body, version }: ExpectedResource): Promise<void> {
    const { type, id } = this.#resource(of);
    const answer = await this.#send('GET', pathOf(type, id));
    if (answer.status === 404) fail(`${type.id} ${id} is gone`);
    const differences = differencesOf(this.#resolved(body), resourceIn(answer, type), type);
    const { configVersion } = await this.#row(of);
    const versions =
      version === null || version === configVersion ? [] : [`its version is ${configVersion}; expected ${version}`];
    failOn([...differences, ...versions]);
  }

  async #find({ type: typeId, where, as }: Extract<StepAction, { readonly kind: 'find' }>): Promise<void> {
    const type = this.#type(typeId);
    const found = await this.#listed(type, where);
    const [id] = found.map((body) => body.id);
    if (found.length !== 1 || typeof id !== 'string') return fail(`there are ${found.length} of them; expected 1`);
    this.#named.set(as, { type, id });
  }

  async #list({ type: typeId, where, count, bodies }: ExpectedList): Promise<void> {
    const type = this.#type(typeId);
    const found = await this.#listed(type, where);
    const counted = count === null || count === found.length ? [] : [`there are ${found.length}; expected ${count}`];
    const missing = bodies.flatMap((body, i) => {
      const expected = this.#resolved(isJsonObject(body) ? body : {});
      const differences = found.map((candidate) => differencesOf(expected, candidate, type));
      if (differences.some((lines) => lines.length === 0)) return [];
      const nearest = [...differences].sort((a, b) => a.length - b.length)[0] ?? [];
      return [`none is as body ${i + 1}`, ...nearest.map((line) => `  nearest: ${line}`)];
    });
    failOn([...counted, ...missing]);
  }

  /** The resources of a type with these values, as a client sees them. */
  async #listed(type: ResourceType, where: JsonObject): Promise<readonly JsonObject[]> {
    const answer = await this.#send('GET', `${type.url}?limit=${limits.largestPageSize}`);
    const all = answer.body[type.plural];
    const values = this.#resolved(where);
    const bodies = (Array.isArray(all) ? all : []).filter(isJsonObject);
    return bodies.filter((body) => differencesOf(values, body, type).length === 0);
  }

  async #rows(type: ResourceType): Promise<readonly Row[]> {
    const everything = { filters: new Map(), searchFields: [], anyOf: false, sortKey: 'id', sortOrder: 'asc' } as const;
    const query = { ...everything, limit: limits.largestPageSize, offset: 0 };
    return (await this.#system.database.list(systemCaller, type.id, query)).rows;
  }

  async #send(method: Method, path: string, body?: JsonObject): Promise<Answer> {
    return await this.#system.send(method, path, body);
  }

  #check(answered: Answered, answer: Answer, type: ResourceType): void {
    this.#judge(answered, answer);
    if (answered.expect !== null) {
      failOn(differencesOf(this.#resolved(answered.expect), resourceIn(answer, type), type));
    }
  }

  /** Checks that a request was accepted or refused as expected. */
  #judge({ refused, because }: Omit<Answered, 'expect'>, { status, body }: Answer): void {
    const { code = 'without a code' } = body;
    const detail = String(body.detail ?? '').replaceAll(/\s+/g, ' ');
    if (status < 400) {
      if (refused !== null) fail(`it was done; expected ${refused}`);
      return;
    }
    if (refused === null) fail(`it was refused, ${code}: ${detail}`);
    if (code !== refused) fail(`it was refused, ${code}: ${detail}; expected ${refused}`);
    if (because !== null && !detail.includes(because)) fail(`it was refused: ${detail}; expected: ${because}`);
  }

  /**
   * Reads the named resources again, because later steps refer to their values. A deleted resource keeps its last
   * values.
   */
  async #refresh(): Promise<void> {
    for (const [name, { type, id }] of this.#named) {
      const row = await this.#system.database.get(systemCaller, type.id, id);
      if (row !== null) this.#bodies.set(name, row.body);
    }
  }

  #resolved(value: JsonObject): JsonObject {
    return resolvedObject(value, (reference) => this.#referred(reference));
  }

  #referred({ name, keys }: Reference): Json {
    if (keys.length === 0) return this.#resource(name).id;
    return valueAt(this.#bodies.get(name) ?? null, keys);
  }

  #type(id: string): ResourceType {
    return this.#model.types.get(id) ?? fail(`there is no type ${id}`);
  }

  #resource(name: string): Named {
    return this.#named.get(name) ?? fail(`nothing is named ${name}: the step that names it was refused`);
  }

  async #row(name: string): Promise<Row> {
    const { type, id } = this.#resource(name);
    return (await this.#system.database.get(systemCaller, type.id, id)) ?? fail(`${type.id} ${id} is gone`);
  }
}

/** The state of a version that a worker would report, or the controller if no handler works on the type. */
function recordOf(row: Row, type: ResourceType, error: string, members: JsonObject): StateRecord {
  const { configVersion, stateVersion, markedForDeletion } = row;
  const isNew = stateVersion === 0;
  const action = markedForDeletion ? 'logical_delete' : isNew ? 'create' : 'modify';
  if (error !== '') return failedState(action, configVersion, error, members);
  if (type.handlers.length > 0) return completedState(action, configVersion, members);
  const read = readComplete(configVersion);
  return { ...read, state: { ...members, ...read.state } };
}

function isWaiting({ stateVersion, configVersion }: Row): boolean {
  return stateVersion < configVersion;
}

function resourceIn({ body }: Answer, { singular }: ResourceType): JsonObject {
  const resource = body[singular];
  return isJsonObject(resource) ? resource : {};
}

function pathOf(type: ResourceType, id: string): string {
  return `${type.url}/${encodeURIComponent(id)}`;
}

function failOn(reasons: readonly string[]): void {
  if (reasons.length > 0) throw new StepFailure(reasons);
}

function fail(reason: string): never {
  throw new StepFailure([reason]);
}
