import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type ConfigEvent, type Database, type ListQuery, systemCaller } from '../../src/database/database.ts';
import type { Row } from '../../src/database/resource-row.ts';
import type { SqlDriver } from '../../src/database/sql.ts';
import type { ErrorCode } from '../../src/kernel/error-catalogue.ts';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../src/kernel/json.ts';
import { compileModel } from '../../src/schema/compile-model.ts';
import type { Model } from '../../src/schema/model.ts';

/** A kind of database under test. */
export interface Backend {
  readonly name: 'sqlite' | 'postgresql';
  /** A place with nothing in it: a file, or the url of an empty database. */
  readonly newPlace: () => Promise<string>;
  readonly openDriver: (place: string) => Promise<SqlDriver>;
}

const PATIENCE_MS = 30_000;

/** Waits until the condition holds, and fails where it doesn't in time. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, `not in time: ${what}`);
    await pause(10);
  }
}

/** For assert.rejects and assert.throws; `params` of the error that have to be so. */
export const withCode =
  (code: ErrorCode, params: { readonly [name: string]: string | number } = {}) =>
  (error: unknown): true => {
    assert.ok(isKamadoError(error), `not an error of the catalogue: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    for (const [name, value] of Object.entries(params)) assert.equal(error.params[name], value, `${code}, ${name}`);
    return true;
  };

type Properties = { readonly [name: string]: JsonObject };

/** A schema with an id that clients give, and properties that they create and update. */
export function schema(id: string, properties: Properties, more: JsonObject = {}, inner: JsonObject = {}): JsonObject {
  const both = { permission: ['create', 'update'] };
  return {
    id,
    singular: id,
    plural: `${id}s`,
    prefix: '/v2.0',
    title: id,
    description: id,
    schema: {
      type: 'object',
      properties: Object.fromEntries(
        Object.entries({ id: { type: 'string' }, ...properties }).map(([name, part]) => [
          name,
          { title: name, description: name, ...both, ...part },
        ]),
      ),
      required: [],
      ...inner,
    },
    ...more,
  };
}

export const string = { type: 'string' };
export const versioned = { metadata: { state_versioning: true } };
/** Written by the server alone. */
export const status = { type: ['string', 'null'], default: 'NO_STATE', permission: [] };

export function refersTo(relation: string, more: JsonObject = {}): JsonObject {
  return { type: 'string', relation, ...more };
}

export function modelOf(...documents: readonly JsonObject[]): Model {
  return compileModel(documents);
}

/** The database with the caller filled in. */
export class Client {
  readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  create(type: string, id: string, body: JsonObject = {}): Promise<Row> {
    return this.database.create(systemCaller, type, id, body);
  }

  get(type: string, id: string): Promise<Row | null> {
    return this.database.get(systemCaller, type, id);
  }

  /** A row that is there. */
  async row(type: string, id: string): Promise<Row> {
    const row = await this.get(type, id);
    assert.ok(row !== null, `there is no ${type} ${id}`);
    return row;
  }

  update(type: string, id: string, patch: JsonObject, expectedVersion: number | null = null): Promise<Row> {
    return this.database.update(systemCaller, { type, id, patch, expectedVersion });
  }

  remove(type: string, id: string, expectedVersion: number | null = null): Promise<'marked' | 'removed'> {
    return this.database.remove(systemCaller, type, id, expectedVersion);
  }

  async list(
    type: string,
    query: Partial<ListQuery> = {},
  ): Promise<{ readonly ids: string[]; readonly total: number }> {
    const { rows, total } = await this.database.list(systemCaller, type, { ...wholeList, ...query });
    return { ids: rows.map((row) => row.id), total };
  }

  /** A state that succeeded. */
  succeed(type: string, id: string, version: number, worker_state = 'CREATE_COMPLETED') {
    return this.database.applyState(type, id, { version, error: '', state: { worker_state } });
  }

  fail(type: string, id: string, version: number, error = 'it broke') {
    return this.database.applyState(type, id, { version, error, state: { worker_state: 'CREATE_ERROR' } });
  }

  /** Everything that waits in the queue. */
  async events(): Promise<readonly ConfigEvent[]> {
    const found: ConfigEvent[] = [];
    for (;;) {
      const next = await this.database.nextEvents(
        found.map(({ id }) => id),
        1_000,
      );
      if (next.length === 0) return found;
      found.push(...next);
    }
  }

  /** 'put type:id v1', 'put type:id v2 marked', 'delete type:id', in order. */
  async eventLines(): Promise<string[]> {
    return (await this.events()).map(lineOf);
  }
}

export const wholeList: ListQuery = {
  filters: new Map(),
  searchFields: [],
  anyOf: false,
  sortKey: 'id',
  sortOrder: 'asc',
  limit: 1_000,
  offset: 0,
};

export function lineOf({ action, type, resourceId, version, markedForDeletion }: ConfigEvent): string {
  const name = `${type}:${resourceId}`;
  return action === 'delete' ? `delete ${name}` : `put ${name} v${version}${markedForDeletion ? ' marked' : ''}`;
}

export function bodyOf(event: ConfigEvent | undefined): JsonObject {
  const body = parseJson(event?.body ?? '');
  assert.ok(isJsonObject(body), 'an event has a body');
  return body;
}

export const newId = (): string => randomUUID();
