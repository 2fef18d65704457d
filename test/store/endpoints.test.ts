import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { parseEndpoints } from '../../src/store/etcd/endpoints.ts';
import { withCode } from './helpers.ts';

test('reads endpoints with and without scheme, port and user', () => {
  const endpoints = (text: string) => parseEndpoints(text).endpoints;
  assert.deepEqual(endpoints('localhost'), ['http://localhost:2379']);
  assert.deepEqual(endpoints('http://h:1234/'), ['http://h:1234']);
  assert.deepEqual(endpoints('https://h:443,http.example'), ['https://h:443', 'https://http.example:2379']);
  assert.deepEqual(endpoints('[::1]:2379, 10.0.0.1'), ['http://[::1]:2379', 'http://10.0.0.1:2379']);
  assert.deepEqual(endpoints('https://a,https://b:1'), ['https://a:2379', 'https://b:1']);
});

test('takes the user from the first, and keeps the password secret', () => {
  const parsed = parseEndpoints('https://us%40er:p%2Cw@h:1,h2');
  assert.deepEqual(parsed.endpoints, ['https://h:1', 'https://h2:2379']);
  assert.equal(parsed.user, 'us@er');
  assert.equal(parsed.password?.reveal(), 'p,w');
  assert.ok(!inspect(parsed).includes('p,w'));
  assert.equal(parseEndpoints('h').user, undefined);
});

test('refuses what it cannot read, without saying the password', () => {
  for (const text of [
    '',
    'h,',
    'ftp://h',
    'http://h,https://i',
    'h/path',
    'h?x',
    'h:x',
    'a,u:secret@b',
    'http://u:%zz@h',
  ]) {
    assert.throws(
      () => parseEndpoints(text),
      (error) => {
        assert.ok(!inspect(error).includes('secret'));
        return withCode('USAGE')(error);
      },
      text,
    );
  }
});
