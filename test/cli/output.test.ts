import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endpointOf, urlOf } from '../../src/cli/endpoint.ts';
import { jsonText, printable } from '../../src/cli/output.ts';
import { tableLines } from '../../src/cli/table.ts';
import { fit, shorten, textWidth } from '../../src/cli/text-width.ts';
import { isKamadoError } from '../../src/kernel/errors.ts';

describe('text on a terminal', () => {
  it('is measured in columns', () => {
    assert.equal(textWidth('router'), 6);
    assert.equal(textWidth('竈 kamado'), 9);
    assert.equal(textWidth('e\u0301'), 1);
  });

  it('is cut and filled to a width', () => {
    assert.equal(shorten('abcdef', 6), 'abcdef');
    assert.equal(shorten('abcdef', 5), 'abcd…');
    assert.equal(shorten('竈竈竈', 4), '竈…');
    assert.equal(fit('竈', 4), '竈  ');
    assert.equal(shorten('abc', 0), '');
  });

  it('can do nothing to the terminal', () => {
    assert.equal(printable('a\u001b[2Jb\nc\u009b\u202e'), 'a\\u001b[2Jb\\nc\\u009b\\u202e');
    const value = { 'k\u009b': 'v\u202e\u001b' };
    assert.match(jsonText(value), /^[\x20-\x7e\n]*$/);
    assert.deepEqual(JSON.parse(jsonText(value)), value);
  });
});

describe('a table', () => {
  const columns = [{ heading: 'id', whole: true }, { heading: 'name' }, { heading: 'description' }];
  const rows = [
    ['0123456789', 'first', 'a description that is long'],
    ['9876543210', '竈', ''],
  ];

  it('has aligned columns', () => {
    assert.deepEqual(tableLines(columns, rows, { width: null }), [
      'id          name   description',
      '──────────  ─────  ──────────────────────────',
      '0123456789  first  a description that is long',
      '9876543210  竈',
    ]);
  });

  it('is cut to the terminal, but no id', () => {
    assert.deepEqual(tableLines(columns, rows, { width: 30 }), [
      'id          name   description',
      '──────────  ─────  ───────────',
      '0123456789  first  a descript…',
      '9876543210  竈',
    ]);
    const narrow = tableLines(columns, rows, { width: 10 });
    assert.equal(narrow[2], '0123456789  first  a descr…');
  });
});

describe('the endpoint', () => {
  const settings = { host: '127.0.0.1', port: 9091 };

  it('is what is given, else the environment, else host and port', () => {
    const environment = { KAMADO_ENDPOINT: 'http://k:1', GOHAN_ENDPOINT_URL: 'http://g:2/' };
    assert.equal(endpointOf('http://o:3/base/', settings, environment), 'http://o:3/base');
    assert.equal(endpointOf(undefined, settings, environment), 'http://k:1');
    assert.equal(endpointOf(undefined, settings, { ...environment, KAMADO_ENDPOINT: '' }), 'http://g:2');
    assert.equal(endpointOf(undefined, settings, {}), 'http://127.0.0.1:9091');
  });

  it('is reachable where the server listens on all addresses', () => {
    assert.equal(endpointOf(undefined, { host: '0.0.0.0', port: 1 }, {}), 'http://127.0.0.1:1');
    assert.equal(endpointOf(undefined, { host: '::', port: 1 }, {}), 'http://[::1]:1');
    assert.equal(urlOf({ host: '::1', port: 80 }), 'http://[::1]:80');
  });

  it('is refused where it is none', () => {
    for (const text of ['', '127.0.0.1:9091', 'ftp://x', 'http://u:p@x', 'http://x/?a=b']) {
      assert.throws(
        () => endpointOf(text, settings, {}),
        (error) => isKamadoError(error, 'USAGE') && !error.message.includes('u:p'),
        text,
      );
    }
  });
});
