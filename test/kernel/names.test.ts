import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean } from '../../src/kernel/names.ts';

test('of a misspelt name the nearest one is meant, if any', () => {
  const known = ['state_versioning', 'handlers', 'nosync', 'size', 'constructor'];
  assert.equal(didYouMean('state_versionning', known), '; did you mean state_versioning?');
  assert.equal(didYouMean('Handler', known), '; did you mean handlers?');
  assert.equal(didYouMean('no_sync', known), '; did you mean nosync?');
  assert.equal(didYouMean('sise', known), '; did you mean size?');
  for (const far of ['', 'x', 'si', 'weight', 'status_machine']) assert.equal(didYouMean(far, known), '', far);
  assert.equal(didYouMean('size', []), '');
});
