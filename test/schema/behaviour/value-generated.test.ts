import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRuntime } from '../../../src/app/process/system-runtime.ts';
import { generated } from '../../../src/schema/behaviour/generated.ts';
import { formats } from '../../../src/schema/formats.ts';

const first = { randomInteger: () => 0, uuid: () => 'the UUID' };
const last = { randomInteger: (below: number) => below - 1, uuid: () => 'the UUID' };

test('a UUID is the runtime’s', () => {
  assert.equal(generated({ kind: 'generate', what: 'uuid' }, first), 'the UUID');
  assert.ok(formats.get('hyph-uuid')?.(generated({ kind: 'generate', what: 'uuid' }, systemRuntime)) ?? true);
});

test('a MAC address begins with its prefix and has six octets', () => {
  const of = (prefix: string) => ({ kind: 'generate', what: 'mac_address', prefix }) as const;
  assert.equal(generated(of('fa:16:3e'), first), 'fa:16:3e:00:00:00');
  assert.equal(generated(of('fa:16:3e'), last), 'fa:16:3e:ff:ff:ff');
  assert.equal(generated(of('02'), last), '02:ff:ff:ff:ff:ff');
  assert.equal(generated(of('00:00:5e:00:01'), first), '00:00:5e:00:01:00');
  assert.match(generated(of('fa:16:3e'), systemRuntime), /^fa:16:3e(?::[0-9a-f]{2}){3}$/);
});

test('a password has its length, of letters and digits', () => {
  const of = (length: number) => ({ kind: 'generate', what: 'password', length }) as const;
  assert.equal(generated(of(8), first), 'AAAAAAAA');
  assert.equal(generated(of(8), last), '99999999');
  assert.match(generated(of(128), systemRuntime), /^[A-Za-z0-9]{128}$/);
  assert.notEqual(generated(of(12), systemRuntime), generated(of(12), systemRuntime));
});
