import { type JsonObject, kamadoError } from '../kernel/index.ts';
import type { ResourceType } from '../schema/index.ts';
import { isWrittenAlong } from './behaviour/written-along.ts';
import type { TransactionContext } from './context.ts';
import { firstRow, number, quoted, rows, type SqlRow, sql, type TransactionFunction, text } from './sql.ts';
import { tableOf } from './table-names.ts';

/** A row that a body refers to. */
export interface Reference {
  readonly field: string;
  /** The type that `field` refers to. */
  readonly target: string;
  readonly id: string;
}

/** A reference, and the state of the row that it leads to. */
export interface RelatedRow extends Reference {
  readonly found: 'usable' | 'marked' | 'missing';
}

/** The references in a body. '' refers to nothing. */
export function referencesOf(
  { model }: TransactionContext,
  type: ResourceType,
  body: JsonObject,
): readonly Reference[] {
  return type.properties.flatMap((property) => {
    const id = body[property.name];
    const target = property.relation === null ? undefined : model.types.get(property.relation);
    return target?.routed && typeof id === 'string' && id !== ''
      ? [{ field: property.name, target: target.id, id }]
      : [];
  });
}

/**
 * Reads the rows that are referred to, and locks them until the commit. Rows of types that other resources write along
 * (by allocations or `updates`) are locked exclusively: two transactions that hold a shared lock on one would deadlock
 * when both come to write it.
 */
export function* lockRelated(
  context: TransactionContext,
  references: readonly Reference[],
): TransactionFunction<readonly RelatedRow[]> {
  const { lockExclusive, lockShared } = context.dialect;
  const isWritten = ({ target }: Reference): boolean => isWrittenAlong(context.model, target);
  const written = yield* lockRows(references.filter(isWritten), lockExclusive);
  const others = yield* lockRows(
    references.filter((reference) => !isWritten(reference)),
    lockShared,
  );
  const found = [...written, ...others];
  return references.map((reference) => {
    const row = found.find((one) => text(one, 'type') === reference.target && text(one, 'id') === reference.id);
    if (row === undefined) return { ...reference, found: 'missing' };
    return { ...reference, found: number(row, 'marked_for_deletion') === 1 ? 'marked' : 'usable' };
  });
}

function* lockRows(references: readonly Reference[], lock: string): TransactionFunction<readonly SqlRow[]> {
  if (references.length === 0) return [];
  return yield* rows(
    sql(
      `SELECT type, id, marked_for_deletion FROM kamado_resources WHERE ${anyOf(references)} ORDER BY type, id${lock}`,
      ...references.flatMap(({ target, id }) => [target, id]),
    ),
  );
}

/** Checks that each reference leads to a row that isn't marked. @throws RELATED_NOT_FOUND, RELATED_MARKED */
export function checkRelated(type: ResourceType, related: readonly RelatedRow[]): void {
  for (const { field, target, found } of related) {
    if (found === 'missing') throw kamadoError('RELATED_NOT_FOUND', { type: type.id, field, related: target });
    if (found === 'marked') throw kamadoError('RELATED_MARKED', { type: type.id, field, related: target });
  }
}

/** Returns the references that lead to a marked row, and locks those rows exclusively until the commit. */
export function* lockMarked(
  { dialect }: TransactionContext,
  references: readonly Reference[],
): TransactionFunction<readonly { readonly target: string; readonly id: string }[]> {
  if (references.length === 0) return [];
  const found = yield* rows(
    sql(
      `SELECT type, id FROM kamado_resources WHERE marked_for_deletion = 1 AND (${anyOf(references)})${dialect.lockExclusive}`,
      ...references.flatMap(({ target, id }) => [target, id]),
    ),
  );
  return found.map((row) => ({ target: text(row, 'type'), id: text(row, 'id') }));
}

/** A relation of a type with rows, seen from its target. */
export interface ReferrerRelation {
  readonly type: ResourceType;
  readonly field: string;
  readonly cascade: boolean;
}

/** The relations by which other types refer to a type. */
export function referrersOf({ model }: TransactionContext, type: ResourceType): readonly ReferrerRelation[] {
  return (model.referrers.get(type.id) ?? []).flatMap(({ type: referrerId, field }) => {
    const referrer = model.types.get(referrerId);
    if (!referrer?.routed) return [];
    return [{ type: referrer, field, cascade: referrer.property.get(field)?.onDeleteCascade === true }];
  });
}

/** Whether another row refers to this one. */
export function* isReferred(context: TransactionContext, type: ResourceType, id: string): TransactionFunction<boolean> {
  for (const referrer of referrersOf(context, type)) {
    const itself = referrer.type === type ? id : '';
    const other = yield* firstRow(
      sql(
        `SELECT id FROM ${tableOf(referrer.type)} WHERE ${quoted(referrer.field)} = ? AND id <> ? LIMIT 1`,
        id,
        itself,
      ),
    );
    if (other !== undefined) return true;
  }
  return false;
}

function anyOf(references: readonly Reference[]): string {
  return references.map(() => '(type = ? AND id = ?)').join(' OR ');
}
