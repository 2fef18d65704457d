import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Json, type JsonObject, jsonEqual } from '../../src/kernel/json.ts';
import { Secret } from '../../src/kernel/secret.ts';
import { hiddenParameters } from '../../src/template/hot-parameters.ts';
import { type MarkedJson, renderGuardedMarked, renderMarked, standIn } from '../../src/template/marked-document.ts';
import { parseTemplate, renderYaml } from '../../src/template/template.ts';

const isSecret = (name: string): boolean => name.startsWith('pin');

function marked(source: string, context: JsonObject): MarkedJson {
  return renderMarked(parseTemplate('t', source), context, isSecret);
}

/** With secrets as they refuse to be printed. */
function shown(source: string, context: JsonObject): unknown {
  return JSON.parse(JSON.stringify(marked(source, context)));
}

/** The document that it is, for who may see it. */
function revealed(value: MarkedJson): unknown {
  if (value instanceof Secret) return JSON.parse(/^\d+$/.test(value.reveal()) ? value.reveal() : `"${value.reveal()}"`);
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, revealed(part)]));
}

describe('what comes of a secret is marked', () => {
  const context = { pin: 'hunter2', pins: ['a', { b: 'zZ9' }], pin_number: 4711, open: 'seen', port: 830 };
  const cases: { readonly [source: string]: unknown } = {
    'a: {{ pin }}\nb: {{ open }}': { a: '***', b: 'seen' },
    'a: { b: [1, {{ pin | upper | tojson }}, {{ port }}] }': { a: { b: [1, '***', 830] } },
    'a: x-{{ pin[0] }}-y': { a: '***' },
    'a: {{ pin | replace("hunter", open) }}': { a: '***' },
    'a: {{ pins[1].b }}\nb: {{ pins | length }}': { a: '***', b: 2 },
    'a: {{ pin_number + 1 }}\nb: {{ port + 1 }}': { a: '***', b: 831 },
    'a: {% if pin == "hunter2" %}yes{% else %}no{% endif %}': { a: '***' },
    '{% set x = pin ~ open %}a: {{ x | tojson }}': { a: '***' },
    'a: { {{ pin | tojson }}: 1 }\nb: 2': { a: '***', b: 2 },
    '{{ pin | tojson }}: 1': '***',
    'a: "{{ open }}"': { a: 'seen' },
  };
  for (const [source, expected] of Object.entries(cases)) {
    test(source, () => assert.deepEqual(shown(source, context), expected));
  }

  test('it can be used, and is the same document', () => {
    const source = 'a: {{ pin }}\nb: [{{ pin_number }}]';
    const document = marked(source, context);
    assert.deepEqual(revealed(document), { a: 'hunter2', b: [4711] });
    assert.deepEqual(
      marked('a: {{ open }}', { open: 1 }),
      renderYaml(parseTemplate('t', 'a: {{ open }}'), { open: 1 }),
    );
  });

  test('all of it where the template gives nothing for another value', () => {
    assert.equal(
      shown('{% if pin == "hunter2" %}a: {{ open }}{% else %}{{ nothing.there }}{% endif %}', context),
      '***',
    );
  });

  test('the texts of a Heat template that came of secrets', () => {
    const template = parseTemplate('t', 'a: {{ pin | upper }}\n{{ open }}: [{{ open }}]\nx_{{ pin }}: {{ port }}');
    const { secretTexts, document } = renderGuardedMarked(template, context, isSecret);
    assert.deepEqual([...secretTexts].sort(), ['830', 'HUNTER2', 'x_hunter2']);
    assert.deepEqual(document, { a: 'HUNTER2', seen: ['seen'], x_hunter2: 830 });
  });
});

test('a stand-in is another value of the same form', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ minLength: 1 }), fc.integer(), fc.string({ unit: 'grapheme', minLength: 1 })),
      (value) => {
        const other = standIn(value);
        assert.equal(typeof other, typeof value);
        assert.equal(String(other).length, String(value).length);
        if (/[\p{L}\p{N}]/u.test(String(value))) assert.ok(!jsonEqual(other, value), `${value}`);
      },
    ),
  );
  const zs: Json = standIn(['z', 'Zy', '909', '\u7ac8', '{}', true, null]);
  assert.deepEqual(zs, ['a', 'az', '111', 'x', 'xx', true, null]);
});

test('parameters that a HOT template hides are told without rendering it', () => {
  const hidden = (source: string) => ['a', 'b', 'c'].filter(hiddenParameters(source)).join('');
  const head = 'heat_template_version: 2015-04-30\n';
  assert.equal(hidden(`${head}parameters:\n  a: { type: string, hidden: true }\n  b: { type: string }\n`), 'a');
  const lines = `${head}parameters:\n  a:\n    type: string\n    hidden: 'True'\n  b:\n    type: string\n    hidden: false\n`;
  assert.equal(
    hidden(`${lines}resources:\n{% for x in jinja_x %}\n  x: { type: OS::Heat::None }\n{% endfor %}\n`),
    'a',
  );
  assert.equal(
    hidden(`${head}parameters:\n{% if jinja_x %}\n  a: { type: string, hidden: true }\n{% endif %}\n`),
    'abc',
  );
  assert.equal(hidden('one: { type: netconf }'), '');
});
