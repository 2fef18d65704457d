import type { Caller, Database, Row } from '../database/index.ts';
import { type KamadoError, kamadoError } from '../kernel/index.ts';
import { isValidId, type Model, type ResourceType } from '../schema/index.ts';

/** One step up the path of a nested URL. */
export interface Ancestor {
  readonly type: ResourceType;
  /** The path variable with its id. */
  readonly variable: string;
  /** The field of the child row that refers to it. */
  readonly field: string;
}

/** The URL of a type's collection below its parents. */
export interface NestedUrl {
  /** The URL with variables: '/v2.0/ese_devices/:a0/ese_physical_ports'. */
  readonly url: string;
  /** The ancestors from the parent upwards; never empty. */
  readonly ancestors: readonly [Ancestor, ...Ancestor[]];
}

/** The URL of a type below all its parents (compatibility A1), or null if it has none. */
export function nestedUrl(model: Model, type: ResourceType): NestedUrl | null {
  const ancestors: Ancestor[] = [];
  const seen = new Set([type.id]);
  let below = type;
  while (below.parent !== null) {
    const parent = model.types.get(below.parent);
    if (parent === undefined || !parent.routed || seen.has(parent.id)) break;
    ancestors.push({ type: parent, variable: `a${ancestors.length}`, field: `${parent.id}_id` });
    seen.add(parent.id);
    below = parent;
  }
  const [parent, ...others] = ancestors;
  if (parent === undefined || !type.url.endsWith(`/${type.plural}`)) return null;
  const base = type.url.slice(0, -type.plural.length - 1);
  const segments = ancestors.toReversed().map(({ type: { plural }, variable }) => `/${plural}/:${variable}`);
  return { url: `${base}${segments.join('')}/${type.plural}`, ancestors: [parent, ...others] };
}

/**
 * Checks the ids of a nested path: each resource exists and is a child of the next one.
 * @throws RESOURCE_NOT_FOUND
 */
export async function checkAncestors(
  database: Database,
  caller: Caller,
  ancestors: readonly Ancestor[],
  idOf: (ancestor: Ancestor) => string,
): Promise<void> {
  for (const [level, ancestor] of ancestors.entries()) {
    const id = idOf(ancestor);
    const row = isValidId(id) ? await database.get(caller, ancestor.type.id, id) : null;
    const above = ancestors[level + 1];
    if (row === null || (above !== undefined && row.body[above.field] !== idOf(above))) {
      throw notFound(ancestor.type, id);
    }
  }
}

/**
 * Refuses a row that isn't below the parents that the path names.
 * @throws RESOURCE_NOT_FOUND
 */
export async function checkPlace(
  database: Database,
  caller: Caller,
  ancestors: NestedUrl['ancestors'],
  idOf: (ancestor: Ancestor) => string,
  { type, row }: { readonly type: ResourceType; readonly row: Row },
): Promise<void> {
  const [parent] = ancestors;
  if (row.body[parent.field] !== idOf(parent)) throw notFound(type, row.id);
  // The row's foreign key proves its parent; the ancestors above are checked in the database.
  if (ancestors.length > 1) await checkAncestors(database, caller, ancestors, idOf);
}

/** The error for a resource that doesn't exist, isn't visible to the caller, or isn't below these parents. */
export function notFound(type: ResourceType, id: string): KamadoError {
  return kamadoError('RESOURCE_NOT_FOUND', { type: type.id, id });
}
