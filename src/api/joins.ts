import type { Caller, Database, ListQuery, Row } from '../database/index.ts';
import { type Json, type JsonObject, limits, type Turns } from '../kernel/index.ts';
import type { Model, ResourceType } from '../schema/index.ts';
import { invalid, type View } from './list-query.ts';

/** A relation whose row is rendered inside the row that refers to it. */
interface Join {
  readonly field: string;
  readonly key: string;
  readonly target: ResourceType;
}

type Body = { [name: string]: Json };

/** A body, and the approximate bytes of its rendering. */
export interface SizedBody {
  readonly body: JsonObject;
  readonly bytes: number;
}

/** The rows of a list with their sizes; a body is decoded when it is read. */
export function sizedRows(rows: readonly Row[], bytes: readonly number[]): readonly SizedBody[] {
  return rows.map((row, i) => ({
    bytes: bytes[i] ?? 0,
    get body() {
      return row.body;
    },
  }));
}

/** Turns bodies into rendered ones: fields picked, related rows joined. */
export interface Presenter {
  /**
   * Whether rows of a type are rendered with other rows inside, so that the row's tag doesn't change with the answer.
   */
  readonly hasJoins: (type: ResourceType) => boolean;
  /** The properties that a list has to read for its rendering; null: all. */
  readonly propertiesOf: (type: ResourceType, view: View) => ReadonlySet<string> | null;
  /**
   * Null if the related rows of so many rows don't fit into memory together: then the caller presents fewer at a time.
   */
  readonly present: (
    caller: Caller,
    type: ResourceType,
    rows: readonly SizedBody[],
    view: View,
  ) => Promise<readonly SizedBody[] | null>;
  /** The same for a single row, which can't be split. @throws QUERY_INVALID if the related rows don't fit */
  readonly presentOne: (caller: Caller, type: ResourceType, row: SizedBody, view: View) => Promise<SizedBody>;
}

/** The size of a rendered row: the row itself and all rows joined to it. Relations of relations multiply. */
interface Weight {
  readonly rows: number;
  readonly bytes: number;
}

/** The related rows of one answer, or of a slice of it. */
interface Joined {
  /** The bytes that may still be loaded. */
  bytesLeft: number;
  readonly weights: Map<Body, Weight>;
}

/** Joins related rows (`relation_property`, compatibility A3), one query for each relation of each level. */
export function createPresenter(model: Model, database: Database, turns: Turns): Presenter {
  const joins = new Map([...model.types.values()].map((type) => [type.id, joinsOf(model, type)]));
  const joinsOfType = (type: ResourceType): readonly Join[] => joins.get(type.id) ?? [];
  const hasJoins = (type: ResourceType): boolean => joinsOfType(type).length > 0;

  /** Joins a relation's rows; false if they don't fit into memory. */
  const join = async (
    caller: Caller,
    type: ResourceType,
    bodies: readonly Body[],
    view: View,
    { joined, depth }: { readonly joined: Joined; readonly depth: number },
  ): Promise<boolean> => {
    if (depth > limits.joinDepth) return true;
    for (const { field, key, target } of joinsOfType(type)) {
      if (view.fields !== null && !view.fields.has(target.id)) continue;
      const related = await relatedRows(target, idsIn(bodies, field), { caller, view, joined });
      if (related === null) return false;
      if (!(await join(caller, target, [...related.values()], view, { joined, depth: depth + 1 }))) return false;
      for (const body of bodies) show(body, key, target, related.get(String(body[field])), { view, joined });
    }
    return true;
  };

  /** Renders a related row, or its absence, inside a body. */
  const show = (
    body: Body,
    key: string,
    target: ResourceType,
    row: Body | undefined,
    { view, joined: { weights } }: { readonly view: View; readonly joined: Joined },
  ): void => {
    body[key] = picked(target, row, view);
    if (row === undefined) return;
    const [own, added] = [weightOf(weights, body), weightOf(weights, row)];
    weights.set(body, { rows: own.rows + added.rows, bytes: own.bytes + added.bytes });
  };

  const present: Presenter['present'] = async (caller, type, rows, view) => {
    const isJoined = view.details && hasJoins(type);
    if (!isJoined && view.fields === null) return rows;
    const joined: Joined = { bytesLeft: limits.pageBytes, weights: new Map() };
    const { weights } = joined;
    const copies = rows.map(({ body, bytes }) => copyOf(body, bytes, weights));
    if (isJoined) {
      if (!(await join(caller, type, copies, view, { joined, depth: 1 }))) return null;
      checkRows(copies.reduce((sum, body) => sum + weightOf(weights, body).rows, 0));
    }
    const shown = copies.map((body) => {
      const { bytes } = weightOf(weights, body);
      return { body: view.fields === null ? body : pickedFields(type, body, view), bytes };
    });
    return rows.length > 1 || shown.every(({ bytes }) => bytes <= limits.pageBytes) ? shown : null;
  };

  return {
    hasJoins,
    propertiesOf,
    present,
    presentOne: async (caller, type, row, view) => {
      const [shown = null] = (await present(caller, type, [row], view)) ?? [];
      if (shown === null) throw tooMuch(`${limits.pageBytes} bytes of`);
      return shown;
    },
  };

  function copyOf(body: JsonObject, bytes: number, weights: Map<Body, Weight>): Body {
    const copy = { ...body };
    weights.set(copy, { rows: 1, bytes });
    return copy;
  }

  function picked(target: ResourceType, row: Body | undefined, view: View): Json {
    if (row === undefined) return null;
    return view.fields === null ? row : pickedFields(target, row, view);
  }

  /** The requested properties, without nulls (compatibility A3), and the keys of joined rows. */
  function pickedFields(type: ResourceType, body: Body, { fields }: View): JsonObject {
    const shown = fields?.get(type.id);
    const keys = new Set(joinsOfType(type).map(({ key }) => key));
    return Object.fromEntries(
      Object.entries(body).filter(([name, value]) => value !== null && (shown?.has(name) === true || keys.has(name))),
    );
  }

  function propertiesOf(type: ResourceType, { fields, details }: View): ReadonlySet<string> | null {
    if (fields === null) return null;
    const referring = details ? joinsOfType(type).map(({ field }) => field) : [];
    return new Set([...(fields.get(type.id) ?? []), ...referring]);
  }

  /** Rows by id; null if they don't fit into memory. */
  async function relatedRows(
    target: ResourceType,
    ids: readonly string[],
    { caller, view, joined }: { readonly caller: Caller; readonly view: View; readonly joined: Joined },
  ): Promise<ReadonlyMap<string, Body> | null> {
    const found = new Map<string, Body>();
    for (let left = ids; left.length > 0; ) {
      const batch = left.slice(0, limits.joinBatchRows);
      const properties = propertiesOf(target, view);
      const { rows, bytes, total } = await database.list(caller, target.id, {
        ...listById(batch),
        page: { mostBytes: Math.max(joined.bytesLeft, 0), properties },
      });
      joined.bytesLeft -= bytes.reduce((sum, each) => sum + each, 0);
      if (joined.bytesLeft < 0 || rows.length < total) return null;
      for (const row of sizedRows(rows, bytes)) {
        await turns.take(row.bytes);
        const { body } = row;
        found.set(String(body.id), copyOf(body, row.bytes, joined.weights));
      }
      left = left.slice(batch.length);
    }
    return found;
  }
}

function weightOf(weights: ReadonlyMap<Body, Weight>, body: Body): Weight {
  return weights.get(body) ?? { rows: 1, bytes: 0 };
}

/** @throws QUERY_INVALID */
function checkRows(rows: number): void {
  if (rows > limits.joinRows) throw tooMuch(`${limits.joinRows}`);
}

function tooMuch(limit: string): Error {
  return invalid('limit', `the answer would hold more than ${limit} related rows; _details=false leaves them out`);
}

function joinsOf(model: Model, type: ResourceType): readonly Join[] {
  return type.properties.flatMap(({ name, relation, relationProperty }) => {
    const target = relation === null ? undefined : model.types.get(relation);
    return relationProperty === null || target?.routed !== true ? [] : [{ field: name, key: relationProperty, target }];
  });
}

function idsIn(bodies: readonly Body[], field: string): readonly string[] {
  const ids = bodies.map((body) => body[field]).filter((id) => typeof id === 'string');
  return [...new Set(ids)];
}

function listById(ids: readonly string[]): ListQuery {
  return {
    filters: new Map([['id', ids]]),
    searchFields: [],
    anyOf: false,
    sortKey: 'id',
    sortOrder: 'asc',
    // One more than there can be, so that the database doesn't count the rows.
    limit: ids.length + 1,
    offset: 0,
  };
}
