import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/kernel/limits.ts';
import { formats } from '../../src/schema/formats.ts';
import { isValidId } from '../../src/schema/ids.ts';

const hyph = '792c7a6d-19b5-4d6f-b9f6-1e5b1eb45198';
const plain = '0b576f6f4cbf414f829cd12f008bf08f';

const vectors: { readonly [format: string]: { readonly good: readonly string[]; readonly bad: readonly string[] } } = {
  mac: {
    good: ['00:00:5e:00:01:00', 'FA-16-3E-00-00-01', '0000.5e00.0100', '02:00:5e:10:00:00:00:01'],
    bad: ['', '00:00:5e:00:01', '00:00:5e:00:01:0g', '00-00:5e:00:01:00'],
  },
  ipv4: {
    good: ['10.79.5.185', '0.0.0.0', '169.254.0.1%eth0'],
    bad: ['', '10.0.0', '10.0.0.256', '01.0.0.1', '1.1.1.1%'],
  },
  ipv6: { good: ['::', '2001:db8::1', '::ffff:10.0.0.1'], bad: ['', '10.0.0.1', '2001:db8', 'fe80::1%eth0', '::1::'] },
  cidr: {
    good: ['10.0.0.0/8', '10.0.0.7/24', '2001:db8::/32', '0.0.0.0/0'],
    bad: ['', '10.0.0.0', '10.0.0.0/33', '10.0.0.0/08', '2001:db8::/129', '10.0.0.0/8/8', '10.0.0.0/'],
  },
  'cidr-or-ipv4': { good: ['10.0.0.0/8', '10.0.0.1', '2001:db8::/32'], bad: ['', '2001:db8::1', '10.0.0'] },
  'ipv4-network': {
    good: ['10.0.0.0/8', '10.0.0.128/25', '0.0.0.0/0'],
    bad: ['10.0.0.1/8', '2001:db8::/32', '10.0.0.0'],
  },
  'ipv4-address-with-cidr': {
    good: ['10.0.0.1/24', '10.0.0.0/31', '10.0.0.1/31', '223.255.255.254/8'],
    bad: ['10.0.0.0/24', '10.0.0.255/24', '10.0.0.1', '2001:db8::1/64'],
  },
  regex: { good: ['', '^a+$', '(?<x>a)'], bad: ['(', '[', '\\'] },
  uuid: {
    good: [hyph, plain, hyph.toUpperCase()],
    bad: ['', hyph.slice(1), `${plain}0`, hyph.replace('-4d6f', '-0d6f')],
  },
  'hyph-uuid': { good: [hyph], bad: ['', plain, hyph.replace('-4d6f', '-9d6f'), ` ${hyph}`, `${hyph}\n`] },
  'hyph-uuid-or-empty': { good: ['', hyph], bad: [' ', plain] },
  'non-hyph-uuid': { good: [plain], bad: ['', hyph, plain.slice(1)] },
  'non-hyph-uuid-or-empty': { good: ['', plain], bad: [hyph] },
  port: { good: ['1', '830', '65535'], bad: ['', '0', '65536', '080', '-1', '1e3'] },
  version: { good: ['1.2.3', 'v1.2', '1.0.0-rc.1+build.5', '2'], bad: ['', 'x', '1.2.3.4', '01.2.3', '1.2-'] },
  'version-constraint': {
    good: ['>= 1.2, < 2', '~1.2.3 || ^2.0.0', '1.2.x', '!=1.0.0', '*'],
    bad: ['', '>>1', '1.2,', 'newest', '>= '],
  },
  'date-time': {
    good: ['2017-05-11T04:59:41Z', '2017-05-11T04:59:41.230+02:00'],
    bad: ['', '2017-05-11', '2017-13-11T04:59:41Z'],
  },
  hostname: { good: ['localhost', 'router-1.example.org'], bad: ['', '-a', 'a..b', 'a_b'] },
  email: { good: ['a@example.org'], bad: ['', 'a', '@example.org', 'a b@example.org'] },
  uri: { good: ['https://example.org/a?b#c', 'urn:a:b'], bad: ['', 'example', '/a/b', 'http://a b'] },
  yaml: { good: ['', '{', 'a: {{ b }}'], bad: [] },
  text: { good: ['anything'], bad: [] },
  url: { good: ['anything'], bad: [] },
  javascript: { good: ['anything'], bad: [] },
};

for (const [format, { good, bad }] of Object.entries(vectors)) {
  test(`format ${format}`, () => {
    const check = formats.get(format);
    assert.ok(check);
    for (const text of good) assert.equal(check(text), true, `${JSON.stringify(text)} is good`);
    for (const text of bad) assert.equal(check(text), false, `${JSON.stringify(text)} is bad`);
  });
}

test('each format has vectors, and those that restrict refuse endless text', () => {
  assert.deepEqual([...formats.keys()].sort(), Object.keys(vectors).sort());
  for (const [name, check] of formats) {
    const refuses = (vectors[name]?.bad.length ?? 0) > 0;
    assert.equal(check('1'.repeat(limits.regexpSubjectLength + 1)), !refuses, name);
  }
});

test('ids are unreserved characters of URLs', () => {
  for (const id of ['a', hyph, 'default', 'A.b_c~d-1', 'x'.repeat(limits.idLength)]) assert.ok(isValidId(id), id);
  for (const id of ['', '.', '..', 'a/b', 'a b', 'a%2f', 'ä', 'a\n', 'x'.repeat(limits.idLength + 1)]) {
    assert.equal(isValidId(id), false, id);
  }
});
