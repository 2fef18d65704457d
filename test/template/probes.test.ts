import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKamadoError } from '../../src/kernel/errors.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { hot, text } from './helpers.ts';

const NAMES: readonly string[] = [
  ...['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf', 'toJSON', 'then', 'length'],
  ...['__defineGetter__', '__lookupGetter__', 'isPrototypeOf', '__class__', '__init__', '__globals__', 'get', 'size'],
];

/** A JSON text, for a literal object takes `__proto__` for something else. */
function contextWith(name: string): JsonObject {
  return JSON.parse(`{"${name}": "own", "d": {"${name}": "inner"}, "l": [{"${name}": {"x": "deep"}}]}`);
}

for (const name of NAMES) {
  test(`${name} is a name like any other`, () => {
    const context = contextWith(name);
    assert.equal(text(`{{ ${name} }} {{ d.${name} }} {{ d["${name}"] }}`, context), 'own inner inner');
    assert.equal(text(`{{ l|map(attribute="${name}.x")|join }} {{ l[0].${name}.x }}`, context), 'deep deep');
    assert.equal(
      text(`{{ d|string }}{{ d|tojson }}{{ d|list|join }}`, context),
      `{'${name}': 'inner'}{"${name}": "inner"}${name}`,
    );
    assert.equal(text(`{% set ${name} = 1 %}{{ ${name} + 1 }}{% for ${name} in [3] %}{{ ${name} }}{% endfor %}`), '23');
    assert.equal(text(`{% set n = namespace(${name}=1) %}{% set n.${name} = 5 %}{{ n.${name} }}`), '5');
    assert.equal(text(`{{ dict(${name}=4).${name} }}{{ {"${name}": 5}["${name}"] }}`), '45');
    assert.equal(text(`{{ "{${name}}".format(${name}=6) }}{{ "%(${name})s" % {"${name}": 7} }}`), '67');
    assert.equal(text(`{% with ${name} = 8 %}{{ ${name} }}{% endwith %}`), '8');
    const { document } = hot(`{{ name }}: {{ name }}\nparameters: {{ d | tojson }}`, { name, d: context.d ?? null });
    assert.equal(JSON.stringify(document), `{"${name}":"${name}","parameters":{"${name}":"inner"}}`);
  });

  test(`${name} that nobody gave is undefined`, () => {
    for (const value of [
      '""',
      '[]',
      '{}',
      '()',
      '1',
      '1.5',
      'true',
      'none',
      'namespace()',
      'range(1)',
      '"a".split()',
    ]) {
      assert.equal(text(`{{ (${value}).${name} is undefined }} {{ (${value})["${name}"] }}`), 'True ', value);
    }
    assert.equal(text(`{{ ${name} }}{% for i in [1] %}{{ loop.${name} if "${name}" != "length" }}{% endfor %}`), '');
  });
}

/** What gets at the process, or at its objects, through engines that look at their host's. */
const PROBES: readonly string[] = [
  '{{ ({}).constructor.constructor("return process")() }}',
  '{{ "".constructor.constructor("return process.env")() }}',
  '{{ range.constructor("return process")() }}',
  '{{ [].map.constructor("return 1")() }}',
  '{{ [].constructor.from("abc") }}',
  '{{ (1).toFixed.call.call }}{{ (1).toFixed() }}',
  '{{ "".sub("x") }}',
  '{{ "a".repeat(3) }}',
  '{{ [1].push(2) }}',
  '{{ {}.__defineGetter__("x", range) }}',
  '{{ {}.__lookupGetter__("__proto__")() }}',
  '{{ d.toJSON() }}',
  '{{ d.then(1) }}',
  '{{ "".__class__.__mro__[1].__subclasses__() }}',
  '{{ self.__init__.__globals__ }}',
  '{{ self._TemplateReference__context.cycler.__init__ }}',
  '{{ cycler.__init__.__globals__.os.popen("id").read() }}',
  '{{ joiner.__init__.__globals__ }}',
  '{{ lipsum.__globals__["os"] }}',
  '{{ namespace.__init__.__globals__ }}',
  '{{ config.items() }}',
  '{{ "x"|attr("constructor") }}',
  '{{ "x"|constructor }}',
  '{{ "x" is constructor }}',
  '{{ [1]|map("constructor") }}',
  '{{ [1]|select("constructor") }}',
  '{{ process.exit(1) }}',
  '{{ globalThis.process }}',
  '{{ require("fs") }}',
  '{{ import("fs") }}',
  '{{ this.constructor }}',
  '{{ eval("1") }}',
  '{{ Function("return 1")() }}',
  '{% set x = {} %}{% set x.__proto__ = 1 %}',
  '{% set n = namespace() %}{% set n.__proto__.polluted = 1 %}',
  '{% include "/etc/passwd" %}',
  '{% import "fs" as fs %}',
];

for (const source of PROBES) {
  test(`leads nowhere: ${source}`, () => {
    assert.throws(
      () => text(source, { d: {} }),
      (error) => isKamadoError(error, 'TEMPLATE_INVALID'),
    );
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
  });
}

test('nothing that was rendered has left anything behind', () => {
  const context = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}');
  assert.equal(text('{{ __proto__.polluted }}{{ constructor.prototype.polluted }}{{ polluted }}', context), '11');
  hot('__proto__: {polluted: 1}\na: &x {__proto__: {polluted: 1}}\nb: {<<: *x}\nc: {{ v | tojson }}', { v: context });
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});
