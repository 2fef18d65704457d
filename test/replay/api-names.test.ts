import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Names } from '../../src/replay/api/names.ts';

/** An id that looks as if a server had made it. */
function idOf(letter: string): string {
  return `${letter.repeat(8)}-0000-4000-8000-${letter.repeat(12)}`;
}

const [a, b, x, y] = [idOf('a'), idOf('b'), idOf('c'), idOf('d')] as const;
const none = (): boolean => false;

test('names that stand in each other’s stead are one another’s, in texts as well', () => {
  const names = new Names();
  names.learn(
    { id: a, text: `Port for : ${b}`, list: [{ in: a }] },
    { id: x, text: `Port for : ${y}`, list: [{ in: x }] },
  );
  assert.deepEqual(names.toOurs({ [`key_${a}`]: [`/v2.0/ports/${b}`, 1, null] }), {
    [`key_${x}`]: [`/v2.0/ports/${y}`, 1, null],
  });
  assert.equal(names.toRecorded(`${x} and ${y}`), `${a} and ${b}`);
  assert.deepEqual([names.isKnown(a), names.isKnownOurs(y)], [true, true]);
});

test('a name has one counterpart: the second that claims it stays different', () => {
  const names = new Names();
  names.learn([a, b], [x, x]);
  names.learn([a], [y]);
  assert.deepEqual(names.toRecorded([x, y]), [a, y]);
  assert.equal(names.isKnown(b), false);
});

test('texts that differ otherwise teach nothing', () => {
  const names = new Names();
  names.learn(
    { text: `Port for ${a}`, two: `${a} ${b}`, list: [a], other: a },
    { text: `port for ${x}`, two: x, list: [], own: x },
  );
  assert.equal(names.isKnown(a), false);
});

test('what came from outside is the same on both sides, but for what the server is to make', () => {
  const names = new Names();
  names.keep({ tenant: a, made: b }, (name) => name === b);
  names.learn([a, b], [x, y]);
  assert.deepEqual(names.toOurs([a, b]), [a, y]);
});

test('of MAC addresses those are mapped that are made by hand, within their prefix', () => {
  const names = new Names();
  names.learn('fa:16:3e:7b:eb:e8', 'fa:16:3e:00:00:01');
  names.learn('fa:16:3e:7b:eb:e9', 'fa:17:3e:00:00:02');
  names.learn('00:00:5e:00:01:00', '00:00:5e:00:01:01');
  assert.equal(names.toOurs('fa:16:3e:7b:eb:e8'), 'fa:16:3e:00:00:01');
  assert.equal(names.toOurs('fa:16:3e:7b:eb:e9'), 'fa:16:3e:7b:eb:e9');
  assert.equal(names.toOurs('00:00:5e:00:01:00'), '00:00:5e:00:01:00');
});

test('ids without hyphens are names, parts of longer texts are none', () => {
  const names = new Names();
  const [first, second] = ['a'.repeat(32), 'b'.repeat(32)];
  names.learn(first, second);
  assert.equal(names.toOurs(`id ${first}`), `id ${second}`);
  assert.equal(names.toOurs(`${first}A==`), `${first}A==`);
  assert.equal(new Names().isKnown('default'), true);
});

test('what is tried out on a copy is not known after it', () => {
  const names = new Names();
  names.copy().learn(a, x);
  names.keep(b, none);
  assert.deepEqual([names.isKnown(a), names.isKnown(b)], [false, true]);
});
