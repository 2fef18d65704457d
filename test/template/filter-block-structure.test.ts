import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKamadoError } from '../../src/kernel/errors.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { sameNodes } from '../../src/template/document-comparison.ts';
import { render } from '../../src/template/renderer.ts';
import { parseTemplate, renderGuarded } from '../../src/template/template.ts';
import { isDict, isSequence, type Value } from '../../src/template/value.ts';
import { readYaml } from '../../src/template/yaml-reader.ts';
import { text } from './helpers.ts';
import { FILTERS, filled } from './operations.ts';
import { values } from './yaml-values.ts';

const SEED = Number(process.env.KAMADO_TEST_SEED ?? 20_260_701);
const RUNS = Number(process.env.KAMADO_TEST_RUNS ?? 2000);

/** Documents with a place for a filter block. */
const DOCUMENTS: readonly string[] = [
  ...['S', 'a: 1\nS\nz: 1\n', 'a: 1\nS', 'k: S\nz: 1\n', 'k:\n  S\nz: 1\n', 'k: |\n  S\nz: 1\n', 'k: "S"\nz: 1\n'],
  ...['- S\n- b\n', 'k: 1 # S\nz: 1\n', '{k: S, z: 1}', 'k: [S, b]\n', 'k:\n- a: S\n  b: 1\n', "k: 'S'\n", 'S: 1\n'],
];

/** What authors write in filter blocks. */
const BODIES: readonly string[] = [
  ...['k: A\nB: 1\n', '- A\n- B\n', 'A', '- A', 'X: A', 'k: "A"\nB: 1\n', 'k: {{ v }}\nB: A\n', '{{ v }}A', ''],
  ...['k: %s\nB: 1\n', '- %s\n- A\n', '%s: 1\nk: A\n', '- {{ v }}', 'X: {{ v }}\nk: A', '{{ v }}: 1\nk: A\n'],
  ...['A: {{ v }}', '{{ v }}', '# A\nk: 1\n', 'k: |\n  {{ v }}A\nB: 1\n', '- {{ v }}\n- A\n', 'k: "{{ v }}"\nB: A\n'],
  ...['k: {% if true %}A{% endif %}\n{# c #}B: 1\n', 'k: {{ v|tojson }}\nB: A\n', 'k: {{ [v] }}\nB: A\n'],
];

/** Filters as authors use them, and those through which values could take away what the template says. */
const STEPS: readonly string[] = [
  ...['replace("A", v)', 'replace("B", v)', 'replace(": A", ": " ~ v)', 'replace("A", [v]|join)', 'replace("k", v, 1)'],
  ...['format(v)', 'format(v, v)', 'default(v, true)', 'indent(2)', 'upper', 'lower', 'string', 'replace("A", "B")'],
  ...['replace("- A", "B")', 'replace("X: ", "B")', 'replace("A: ", v)', 'replace(v, "B")', 'replace(v, "", 1)'],
  ...['replace("\\n", "\\n  ", n)', 'replace("\\n", " ", n)', 'replace("A", "- A", 1)', 'indent(n)', 'trim(v)'],
];

/** Values that say something in the documents, in their ways. */
const HOSTILE: readonly string[] = [
  ...['', ' ', 'A', 'B', '- ', 'X', '- A', ': ', '\n', '"', 'A\n', ' #', ': 1', '-', 'k: A\nB: 1\n', 'x: y', 'x, y'],
  ...['x\nq: 1', 'x\n  q: 1', 'x\n- q', '- x', '[x, y]', '{x: y}', '"x"', 'x # y', '# x', '|\n  x', 'x\n    q: 1'],
  ...['x\nq', '"x": y', '&x y', '*x', '!!str x', 'x\n---\ny', 'x"\ny: "z', "x'\ny: 'z", '<<', '\t', 'k', '%s', 'x_y'],
];

const HARMLESS: JsonObject = { v: 'x', n: 1 };

/** The text that Heat gets; undefined where it is refused. */
function heatText(source: string, context: JsonObject): string | undefined {
  try {
    return renderGuarded(parseTemplate('t', source), context).text;
  } catch (error) {
    assert.ok(isKamadoError(error) && error.code.startsWith('TEMPLATE_'), source);
    return undefined;
  }
}

function rootOf(text: string) {
  const reading = readYaml(text, { dialect: 'hot', lenient: false });
  assert.ok(reading.kind === 'tree');
  return reading.root;
}

/** What is printed as lists and dicts: in the document they have as many items as the values that they are. */
function collectionsIn(source: string, context: JsonObject): string {
  const { pieces } = render('t', parseTemplate('t', source).body, context);
  return pieces.flatMap(({ origin }) => (origin.kind === 'collection' ? [sizesOf(origin.value)] : [])).join();
}

function sizesOf(value: Value): string {
  if (isSequence(value)) return `[${value.items.map(sizesOf).join()}]`;
  return isDict(value) ? `{${[...value.entries.values()].map((entry) => sizesOf(entry.value)).join()}}` : '.';
}

/** How often it was accepted; 0 where the template is no good for harmless values either. */
function accepted(source: string, attacks: readonly JsonObject[]): number {
  const plain = heatText(source, HARMLESS);
  if (plain === undefined) return 0;
  const root = rootOf(plain);
  const collections = collectionsIn(source, HARMLESS);
  let count = 0;
  for (const attack of attacks) {
    const given = heatText(source, attack);
    if (given === undefined || collectionsIn(source, attack) !== collections) continue;
    assert.ok(sameNodes(rootOf(given), root), `${JSON.stringify(source)}: ${JSON.stringify(given)}`);
    count++;
  }
  return count;
}

test('through a filter block a value is refused, or changes no structure', (context) => {
  const attacks = HOSTILE.map((v, i) => ({ v, n: [0, 2, 5, -1, 30][i % 5] ?? 0 }));
  let count = 0;
  for (const document of ['S', 'a: 1\nS\nz: 1\n', 'k: S\n']) {
    for (const inner of BODIES) {
      for (const step of STEPS) {
        count += accepted(
          document.replace('S', () => `{% filter ${step} %}${inner}{% endfilter %}`),
          attacks,
        );
      }
    }
  }
  context.diagnostic(`${count} accepted`);
  assert.ok(count > 1000);
});

test('a filter block prints what its filters give, whoever wrote it', () => {
  const printed = (source: string, context: JsonObject) => {
    try {
      return text(source, context);
    } catch (error) {
      return isKamadoError(error) ? error.code : '';
    }
  };
  for (const inner of BODIES) {
    for (const step of [...STEPS, 'indent(1, true, true)', 'indent("- ")', 'replace("", "-")', 'urlencode']) {
      for (const v of ['x', '', 'A', 'A\nB\n', '\n', 'X']) {
        const block = printed(`{% filter ${step} %}${inner}{% endfilter %}`, { v, n: 1 });
        assert.equal(block, printed(`{% set s | ${step} %}${inner}{% endset %}{{ s }}`, { v, n: 1 }), step + inner);
      }
    }
  }
});

/** Chains of all filters, around blocks in blocks; no value reaches them but as an argument, or as what is printed. */
const { block } = fc.letrec<{ block: string; inner: string }>((tie) => {
  const texts = fc.constantFrom(
    ...['v', 'v', 'v', '"A"', '"AB"', '"- "', '"- A"', '"X: "', '"\\""', '"\\n"', '""', '"B: 1"', 'v ~ ": "'],
  );
  const ints = fc.constantFrom('0', '1', '2', '4', 'n');
  const parts = { t: texts, i: ints, l: fc.constant('[v, "A"]'), d: fc.constant('{"a": v}'), a: texts };
  const filterSteps = (snippets: readonly string[]) =>
    fc.oneof(...snippets.map((snippet) => filled(snippet.slice(snippet.indexOf('|') + 1), parts)));
  const step = fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...STEPS) },
    fc.oneof(...Object.values(FILTERS).map(filterSteps)),
  );
  const fragment = fc.constantFrom(
    ...['k: A\n', 'B: 1\n', '- A\n', 'A', 'AB', '- ', 'X: ', ': ', '"', "'", '# A\n', ' #', '\n', '  ', ', ', '%s'],
    ...[
      '{{ v }}',
      '{{ v }}\n',
      '{{ v }}: A\n',
      '{{ v|tojson }}',
      '{{ [v] }}',
      'A{# c #}B',
      '{% if true %}A{% endif %}',
    ],
  );
  const deeper = { maxDepth: 2, depthIdentifier: 'block' };
  const around = fc.constantFrom('k: S\nB: A\n', '- S\n- A\n', 'A: 1\nS');
  return {
    block: fc
      .tuple(fc.array(step, { minLength: 1, maxLength: 2 }), tie('inner'))
      .map(([steps, inner]) => `{% filter ${steps.join('|')} %}${inner}{% endfilter %}`),
    inner: fc.oneof(
      fc.constantFrom(...BODIES),
      fc
        .tuple(around, fc.oneof(deeper, fc.constantFrom(...BODIES), tie('block')))
        .map(([text, inner]) => text.replace('S', () => inner)),
      fc.array(fc.oneof(deeper, fragment, fragment, tie('block')), { maxLength: 5 }).map((all) => all.join('')),
    ),
  };
});

test('nor through chains of filters, and blocks in blocks', (context) => {
  const attack = fc.record({
    v: fc.oneof(values, fc.constantFrom(...HOSTILE), fc.constantFrom(...HOSTILE)),
    n: fc.constantFrom(0, 1, 2, 5, -1, 30),
  });
  const documents = fc.oneof(fc.constantFrom(...DOCUMENTS), fc.constantFrom('S', 'a: 1\nS', 'a: 1\nS\nz: 1\n'));
  const sources = fc.tuple(documents, block).map(([text, inner]) => text.replace('S', () => inner));
  let count = 0;
  const holds = (source: string, attacks: readonly JsonObject[]) => {
    count += accepted(source, attacks);
  };
  const attacks = fc.array(attack, { minLength: 6, maxLength: 6 });
  fc.assert(fc.property(sources, attacks, holds), { numRuns: RUNS, seed: SEED });
  context.diagnostic(`${count} accepted, seed ${SEED}`);
  assert.ok(count > RUNS / 2);
});
