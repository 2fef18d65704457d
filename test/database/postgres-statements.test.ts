import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PreparedStatements } from '../../src/database/postgres/postgres-statements.ts';
import { padded, sql, sqlOnce, sqlSchema } from '../../src/database/sql.ts';
import { limits } from '../../src/kernel/limits.ts';

test('values are numbered, question marks in names and texts are left', () => {
  const statements = new PreparedStatements();
  const text = `SELECT "a?", "b""?c", '?', 'it''s ?' FROM t WHERE x = ? AND y LIKE ? ESCAPE '\\' AND z IN (?, ?)`;
  assert.deepEqual(statements.queryOf(sqlOnce(text, 1, 'x', null, 2)), {
    text: `SELECT "a?", "b""?c", '?', 'it''s ?' FROM t WHERE x = $1 AND y LIKE $2 ESCAPE '\\' AND z IN ($3, $4)`,
    values: [1, 'x', null, 2],
  });
});

test('hot statements keep their name, others have none, and the number of names is bounded', () => {
  const statements = new PreparedStatements();
  const first = statements.queryOf(sql('SELECT 0'));
  assert.equal(first.name, statements.queryOf(sql('SELECT 0')).name);
  assert.equal(statements.queryOf(sqlOnce('SELECT 0')).name, undefined);
  const names = new Set<string | undefined>();
  for (let i = 0; i < limits.preparedStatements + 10; i++) names.add(statements.queryOf(sql(`SELECT ${i}`)).name);
  assert.equal(names.size, limits.preparedStatements + 1);
  assert.equal(first.name, statements.queryOf(sql('SELECT 0')).name);
});

test('what makes tables is given its time', () => {
  const { query_timeout } = new PreparedStatements().queryOf(sqlSchema('CREATE INDEX i ON t (x)'));
  assert.equal(query_timeout, limits.databaseSchemaTimeoutMs);
});

test('lists of values come in few lengths', () => {
  const lengths = new Set(Array.from({ length: 500 }, (_, i) => padded(Array.from({ length: i + 1 }, () => i)).length));
  assert.deepEqual([...lengths], [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
  assert.deepEqual(padded(['a', 'b', 'c']), ['a', 'b', 'c', 'c']);
});
