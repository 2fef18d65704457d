import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseClientLine } from '../../src/cli/client/line.ts';
import { isKamadoError } from '../../src/kernel/errors.ts';

describe('the line of the client', () => {
  it('has properties, options of Kamado, and words, in any order', () => {
    const line = parseClientLine([
      'set',
      '--name',
      'a b',
      '--endpoint',
      'http://x',
      '--text=--y=z',
      'id-1',
      '--n',
      '-5',
    ]);
    assert.deepEqual(line.words, ['set', 'id-1']);
    assert.deepEqual(line.fields, [
      { name: 'name', text: 'a b' },
      { name: 'text', text: '--y=z' },
      { name: 'n', text: '-5' },
    ]);
    assert.deepEqual([...line.options], [['endpoint', 'http://x']]);
    assert.equal(line.help, false);
  });

  it('has properties only behind --', () => {
    const line = parseClientLine(['create', '--port', '1', '--', '--port', '2', 'word']);
    assert.deepEqual([...line.options], [['port', '1']]);
    assert.deepEqual(line.fields, [{ name: 'port', text: '2' }]);
    assert.deepEqual(line.words, ['create', 'word']);
  });

  it('takes --version for a property, as several types have it', () => {
    assert.deepEqual(parseClientLine(['create', '--version', '2']).fields, [{ name: 'version', text: '2' }]);
  });

  it('opens secrets, which takes no value; behind -- it is a property', () => {
    const line = parseClientLine(['show', '--show-secrets', 'id-1']);
    assert.deepEqual([line.showSecrets, line.words, line.fields], [true, ['show', 'id-1'], []]);
    const property = parseClientLine(['create', '--', '--show-secrets', 'x']);
    assert.deepEqual([property.showSecrets, property.fields], [false, [{ name: 'show-secrets', text: 'x' }]]);
  });

  it('asks for help', () => {
    for (const args of [['--help'], ['create', '-h'], ['list', '--help', '--name', 'x']]) {
      assert.equal(parseClientLine(args).help, true);
    }
  });

  it('is refused where a value is missing', () => {
    assert.throws(
      () => parseClientLine(['create', '--name']),
      (error) => isKamadoError(error, 'USAGE'),
    );
  });
});
