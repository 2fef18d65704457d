import type { Caller, Database } from '../database/database.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { Model, ResourceType } from '../model/model.ts';
import { invalid, type View } from './list-query.ts';

/** A relation whose row is shown inside of the row that refers to it. */
interface Join {
  readonly field: string;
  readonly key: string;
  readonly target: ResourceType;
}

type Body = { [name: string]: Json };

/** Makes bodies what is shown of them: fields picked, related rows joined. */
export interface Presenter {
  /** Whether other rows are shown inside of those of a type, so that its tag doesn't say when an answer changes. */
  readonly hasJoins: (type: ResourceType) => boolean;
  readonly present: (
    caller: Caller,
    type: ResourceType,
    bodies: readonly JsonObject[],
    view: View,
  ) => Promise<readonly JsonObject[]>;
}

/** Joins related rows (`relation_property`, gohan.md §1.3), one query for each relation of each level. */
export function createPresenter(model: Model, database: Database): Presenter {
  const joins = new Map([...model.types.values()].map((type) => [type.id, joinsOf(model, type)]));
  const hasJoins = (type: ResourceType): boolean => (joins.get(type.id) ?? []).length > 0;

  /** Rows that an answer shows for a body: itself, and all that is joined to it. Relations of relations multiply. */
  const sizes = new WeakMap<Body, number>();
  const sizeOf = (body: Body): number => sizes.get(body) ?? 1;

  const join = async (caller: Caller, type: ResourceType, bodies: Body[], view: View, depth: number): Promise<void> => {
    if (depth > limits.joinDepth) return;
    for (const { field, key, target } of joins.get(type.id) ?? []) {
      if (view.fields !== null && !view.fields.has(target.id)) continue;
      const related = await relatedRows(database, caller, target, idsIn(bodies, field));
      await join(caller, target, [...related.values()], view, depth + 1);
      for (const body of bodies) {
        const row = related.get(String(body[field]));
        body[key] = picked(target, row, view);
        if (row !== undefined) sizes.set(body, sizeOf(body) + sizeOf(row));
      }
    }
  };

  return {
    hasJoins,
    present: async (caller, type, bodies, view) => {
      const joined = view.details && hasJoins(type);
      if (!joined && view.fields === null) return bodies;
      const copies = bodies.map((body): Body => ({ ...body }));
      if (joined) {
        await join(caller, type, copies, view, 1);
        checkSize(copies.reduce((sum, body) => sum + sizeOf(body), 0));
      }
      return view.fields === null ? copies : copies.map((body) => pickedFields(type, body, view));
    },
  };

  function picked(target: ResourceType, row: Body | undefined, view: View): Json {
    if (row === undefined) return null;
    return view.fields === null ? row : pickedFields(target, row, view);
  }

  /** The properties that were asked for, without nulls (gohan.md §1.3), and what is joined to them. */
  function pickedFields(type: ResourceType, body: Body, { fields }: View): JsonObject {
    const shown = fields?.get(type.id);
    const keys = new Set((joins.get(type.id) ?? []).map(({ key }) => key));
    return Object.fromEntries(
      Object.entries(body).filter(([name, value]) => value !== null && (shown?.has(name) === true || keys.has(name))),
    );
  }
}

/** @throws QUERY_INVALID */
function checkSize(rows: number): void {
  if (rows <= limits.joinRows) return;
  throw invalid(
    'limit',
    `the answer would hold more than ${limits.joinRows} related rows; _details=false leaves them out`,
  );
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

async function relatedRows(
  database: Database,
  caller: Caller,
  target: ResourceType,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Body>> {
  const found = new Map<string, Body>();
  for (let start = 0; start < ids.length; start += limits.joinBatchRows) {
    const batch = ids.slice(start, start + limits.joinBatchRows);
    const { rows } = await database.list(caller, target.id, {
      filters: new Map([['id', batch]]),
      searchFields: [],
      anyOf: false,
      sortKey: 'id',
      sortOrder: 'asc',
      // One more than there can be: then nobody counts them.
      limit: batch.length + 1,
      offset: 0,
    });
    for (const row of rows) found.set(row.id, { ...row.body });
  }
  return found;
}
