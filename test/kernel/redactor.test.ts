import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { kamadoError } from '../../src/kernel/errors.ts';
import { ForeignText } from '../../src/kernel/foreign-text.ts';
import { limits } from '../../src/kernel/limits.ts';
import { isDistinct, noRedaction, redactorOf, WITHHELD } from '../../src/kernel/redactor.ts';
import { Secret } from '../../src/kernel/secret.ts';

const SECRET = `hunter2-O'Neil "&<竈>/é\\ 9`;

const wrapped = (text: string): string => text.replaceAll(/(.{5})/g, '$1\n    ');

/** Ways in which others repeat what they were given. */
const encodings: { readonly [name: string]: (text: string) => string } = {
  plain: (text) => text,
  quoted: (text) => `'${text}'`,
  json: JSON.stringify,
  'json in json': (text) => JSON.stringify(JSON.stringify({ password: text })),
  'json with escaped slashes': (text) => JSON.stringify(text).replaceAll('/', '\\/'),
  'python repr': (text) => inspect(text).replaceAll('竈', '\\u7ac8').replaceAll('é', '\\xe9'),
  'python bytes': (text) => inspect(text).replaceAll('竈', '\\xe7\\xab\\x88').replaceAll('é', '\\xc3\\xa9'),
  xml: (text) =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
  'xml with numbers': (text) =>
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll("'", '&#39;')
      .replaceAll('"', '&#34;'),
  'a url': encodeURIComponent,
  'a form': (text) => new URLSearchParams({ q: text }).toString(),
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'basic authentication': (text) => `Basic ${Buffer.from(`admin:${text}`).toString('base64')}`,
  'a longer user': (text) => `Basic ${Buffer.from(`admin2:${text}\n`).toString('base64')}`,
  hexadecimal: (text) => Buffer.from(text).toString('hex'),
  upper: (text) => text.toUpperCase(),
  'yaml in quotes': (text) => `'${text.replaceAll("'", "''")}'`,
  'a url in json': (text) => JSON.stringify({ url: `https://u:${encodeURIComponent(text)}@h/` }),
};

describe('a secret that is told apart is masked', () => {
  for (const [name, encode] of Object.entries(encodings)) {
    test(name, () => {
      const redact = redactorOf([SECRET]);
      for (const text of [encode(SECRET), wrapped(encode(SECRET)), wrapped(JSON.stringify(encode(SECRET)))]) {
        const shown = redact(`Property error: value ${text} is refused.`);
        assert.match(shown, /^Property error: value .{0,80}\*\*\*/s, shown);
        assert.match(shown, / is refused\.$/);
        const rest = shown.replaceAll(/\s/g, '').toLowerCase();
        for (const part of ['hunter', 'neil', 'aHVudGVy', Buffer.from('unter').toString('hex')]) {
          assert.ok(!rest.includes(part.toLowerCase()), shown);
        }
      }
    });
  }

  test('its lines, its begin and its end, as far as others quote it', () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkq4kAbcd'.repeat(3)}\nhkiG9w0BAQEFAASC9\n-----END`;
    const redact = redactorOf([key]);
    assert.equal(redact('line 2: hkiG9w0BAQEFAASC9 is odd'), 'line 2: *** is odd');
    assert.equal(redact('got MIIEvQIBADANBgkq4kAbcdMIIEvQ, which is odd'), 'got ***, which is odd');
    assert.equal(redact('got -----BEGIN PRIVATE KEY-----\nMIIE...'), 'got ***...');
    const cut = redactorOf(['s3cr3t-Zq9-long']);
    assert.equal(cut('it was s3cr3t'), 'it was s3cr3t');
    assert.equal(cut('it was s3cr3t-Z…'), 'it was ***…');
    assert.match(cut('it was s3cr3t'.padStart(limits.stackReasonLength, '. ')), /it was \*\*\*$/);
  });
});

describe('a secret that could be a word', () => {
  test('leaves words alone that hold it', () => {
    const redact = redactorOf(['p', 'ser', '7', 'e']);
    assert.equal(redact('base capability of the server 17'), 'base capability of the server 17');
  });

  test('withholds a text in which it stands by itself, so that nothing tells it', () => {
    const redact = redactorOf(['connection', 'p', '2', 'über', 'not found']);
    for (const text of [
      'the connection was refused',
      'p: unknown',
      '(p)',
      'x=2',
      'ein über b',
      'it was not\n  found',
      'Y29ubmVjdGlvbg== is base64',
    ]) {
      assert.ok([WITHHELD, '*** is base64'].includes(redact(text)), redact(text));
    }
    assert.equal(redact('connections are refused'), 'connections are refused');
    assert.equal(redact("'connection' is no number"), "'***' is no number");
    assert.equal(redact('{"a": "p", "b": \\"2\\"} &quot;p&quot;'), '{"a": "***", "b": \\"***\\"} &quot;***&quot;');
    assert.equal(redact("'connection' failed: connection lost"), WITHHELD);
  });

  test('is told from one that could not', () => {
    for (const word of ['p', '1234', 'connection', 'admin', 'heat_template', 'Not Found', '10.0.0.1', 'tls1.2']) {
      assert.equal(isDistinct(word), false, word);
    }
    for (const word of ['hunter22', 'p@ssword', 's3cr3t-Zq9', 'correct horse battery staple', '493827150462']) {
      assert.equal(isDistinct(word), true, word);
    }
  });
});

test('without secrets, and without a secret in it, a text stays as it is', () => {
  assert.equal(redactorOf([]), noRedaction);
  assert.equal(redactorOf(['', ' \n']), noRedaction);
  const text = 'Fehler: "größer" \\n als\n erlaubt';
  assert.equal(redactorOf([SECRET])(text), text);
});

test('what would take too long is withheld', () => {
  const many = Array.from({ length: 2_000 }, (_, i) => `secret-number-${i}`);
  assert.equal(redactorOf(many)('anything'), WITHHELD);
});

test('no distinct secret survives, wherever it stands', () => {
  const secret = fc.string({ minLength: 8, maxLength: 40, unit: 'grapheme' }).filter(isDistinct);
  fc.assert(
    fc.property(secret, fc.string(), fc.string(), (text, before, behind) => {
      const shown = redactorOf([text])(before + text + behind);
      // What is found in the text around it by chance is not the secret.
      assert.ok(!shown.includes(text) || (before + behind).includes(text));
    }),
  );
});

test('our own words are never touched: what an error is given as a secret prints the mask', () => {
  const redact = redactorOf(['connection', 'device']);
  const error = kamadoError('NETCONF_UNREACHABLE', {
    address: new Secret('device'),
    reason: 'the connection was refused',
  });
  assert.equal(error.message, 'The device at *** cannot be reached: the connection was refused');
  assert.equal(error.messageFor(redact), error.message);
  const refused = kamadoError('STACK_REFUSED', { stack: 's', reason: new ForeignText('no connection here') });
  assert.equal(refused.message, 'Stack s was refused: no connection here');
  assert.equal(refused.messageFor(redact), `Stack s was refused: ${WITHHELD}`);
});
