import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isScalar, parseDocument, visit } from 'yaml';
import { readYaml } from '../../src/template/yaml-reader.ts';

/** Every scalar with its value, its kind and its place. */
function scalarsOf(root: ReturnType<typeof parseDocument>['contents']) {
  const found: unknown[] = [];
  visit(root, (_key, node) => {
    if (isScalar(node)) found.push([node.value, node.source, node.type, node.range]);
  });
  return found;
}

/** Texts as templates and people write them: JSON's, and others that only YAML takes. */
const quoted = fc.oneof(
  fc.string({ minLength: 1, maxLength: 600, unit: 'grapheme' }).map((text) => JSON.stringify(text)),
  fc.string({ minLength: 250, maxLength: 300, unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc
    .array(
      fc.constantFrom('a', '  ', '\\n', '\\\\', '\\x41', '\\u00e9', "'", '\t', '\n  ', '\\/', '\\e', '\u2028', ': #'),
      {
        minLength: 300,
        maxLength: 400,
      },
    )
    .map((parts) => `"${parts.join('')}"`),
);

test('a long quoted text is read as the library reads it, and stands where it stood', () => {
  fc.assert(
    fc.property(quoted, quoted, fc.constantFrom('block', 'flow', 'key'), (one, other, form) => {
      const text = {
        block: `a: ${one} # why\nb:\n  - ${other}\n`,
        flow: `{a: ${one}, b: [${other}]}\n`,
        key: `? ${one}\n: ${other}\n`,
      }[form];
      const expected = parseDocument(text, { version: '1.1', schema: 'failsafe', prettyErrors: false });
      const reading = readYaml(text, { dialect: 'hot', lenient: true });
      assert.equal(reading.kind === 'tree', expected.errors.length === 0, JSON.stringify(reading));
      if (reading.kind === 'tree') assert.deepEqual(scalarsOf(reading.root), scalarsOf(expected.contents));
    }),
    { numRuns: 500 },
  );
});
