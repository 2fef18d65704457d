import { firstRow, rows, sql, type TransactionFunction, text } from '../sql.ts';

/** A resource by type and id. */
export interface ResourceRef {
  readonly type: string;
  readonly id: string;
}

/** A child that was made, and its name. */
export interface MadeChild extends ResourceRef {
  readonly name: string;
}

/** The children of a resource. */
export function* childrenOf(parent: ResourceRef): TransactionFunction<readonly MadeChild[]> {
  const found = yield* rows(
    sql(
      'SELECT name, child_type, child_id FROM kamado_children WHERE parent_type = ? AND parent_id = ? ORDER BY name',
      parent.type,
      parent.id,
    ),
  );
  return found.map((row) => ({ name: text(row, 'name'), type: text(row, 'child_type'), id: text(row, 'child_id') }));
}

/** The parent of a resource, or null. */
export function* parentOf(child: ResourceRef): TransactionFunction<ResourceRef | null> {
  const found = yield* firstRow(
    sql(
      'SELECT parent_type, parent_id FROM kamado_children WHERE child_type = ? AND child_id = ?',
      child.type,
      child.id,
    ),
  );
  return found === undefined ? null : { type: text(found, 'parent_type'), id: text(found, 'parent_id') };
}

/** Records the parent of a resource. */
export function* noteChild(parent: ResourceRef, name: string, child: ResourceRef): TransactionFunction<void> {
  yield sql(
    'INSERT INTO kamado_children (parent_type, parent_id, name, child_type, child_id) VALUES (?, ?, ?, ?, ?)',
    parent.type,
    parent.id,
    name,
    child.type,
    child.id,
  );
}

/** Deletes the entries of a resource whose row is gone, as a child and as a parent. */
export function* forgetFamily({ type, id }: ResourceRef): TransactionFunction<void> {
  yield sql('DELETE FROM kamado_children WHERE child_type = ? AND child_id = ?', type, id);
  yield sql('DELETE FROM kamado_children WHERE parent_type = ? AND parent_id = ?', type, id);
}

/** Detaches a child from its parent: the next child of its name can be made while this one is being undone. */
export function* disown({ type, id }: ResourceRef): TransactionFunction<void> {
  yield sql('DELETE FROM kamado_children WHERE child_type = ? AND child_id = ?', type, id);
}
