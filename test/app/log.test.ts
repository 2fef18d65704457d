import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../src/app/process/log.ts';
import { parseJson } from '../../src/kernel/json.ts';

test('a line of the log does nothing to a terminal, whatever a name holds, and says the same', () => {
  const hostile = 'a\u001b[2J\u007f\u0085\u009b31m\u2028\u2029\u202a\u202e\u2066\u2069é竈';
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => lines.push(line) });
  log.child({ [hostile]: hostile }).warn({ name: hostile, [`${hostile}s`]: { deep: [hostile.repeat(20)] } }, hostile);
  const [line = ''] = lines;
  assert.match(line, /^[^\p{Cc}\u2028-\u202e\u2066-\u2069]*\n$/u);
  assert.match(line, /é竈/);
  const { time, ...rest } = Object(parseJson(line));
  assert.deepEqual(rest, {
    level: 40,
    [hostile]: hostile,
    name: hostile,
    [`${hostile}s`]: { deep: [hostile.repeat(20)] },
    msg: hostile,
  });
});
