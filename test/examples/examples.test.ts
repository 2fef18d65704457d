import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { readExamples } from '../../src/catalog/examples/read-examples.ts';
import { failureLines, runExample } from '../../src/examples/run-example.ts';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { catalogFolder } from '../hooks/hooks-catalog.ts';
import { shipped, shippedNames } from '../schema/catalog-files.ts';

const schemas = `
schemas:
  - id: line
    singular: line
    plural: lines
    prefix: /v1
    title: Line
    metadata: { state_versioning: true }
    behaviour: { pools: { vlans: { first: 7, last: 8, free: free } } }
    schema:
      required: [name]
      properties:
        name: { type: string, unique: true, permission: [create, update] }
        free: { type: integer }
        password: { type: string, permission: [create] }
        options: { type: object, default: {}, permission: [create, update] }
        status: { type: string, default: PENDING_CREATE }
        operational_state: { type: string, default: NO_STATE }
  - id: gateway
    singular: gateway
    plural: gateways
    prefix: /v1
    title: Gateway
    metadata: { state_versioning: true, handlers: [{ handler: monitoring_worker, template: Cx }] }
    behaviour: { takes: { vlan: { type: line, from: Pline_id, pool: vlans, into: vlan } } }
    schema:
      required: [line_id]
      properties:
        name: { type: string, permission: [create, update] }
        line_id: { type: string, relation: line, permission: [create] }
        vlan: { type: integer, permission: [create] }
        status: { type: string, default: PENDING_CREATE }
    actions:
      count: { method: POST, path: /count, input: { type: object }, output: { type: object } }
      rename: { method: POST, path: '/:id/rename', input: { type: object }, output: { type: object } }
  - id: note
    singular: note
    plural: notes
    prefix: /v1
    title: Note
    schema: { properties: { text: { type: string, permission: [create] } } }
`;

const hooks = `
import { defineHooks, refuse } from 'kamado';
export const gateways = defineHooks('gateway', {
  *pre_create_in_transaction({ resource }) {
    if (resource.name === 'bad') {
      throw refuse({ status: 409, code: 'NAME_BAD', message: 'Bad names are not taken.', remedy: 'Take another.' });
    }
  },
  actions: {
    async count({ transaction }) {
      return await transaction(function* (tx) { return { gateways: (yield* tx.list('gateway', {})).length }; });
    },
    async rename({ resource, input, transaction }) {
      await transaction(function* (tx) { yield* tx.update('gateway', resource.id, { name: input.to }); });
      return { renamed: true };
    },
  },
});
`;

function catalogOf(t: TestContext, examples: string): string {
  const files = { 'schemas/lines.yaml': schemas, 'hooks/gateways.js': hooks, 'examples/all.yaml': examples };
  return catalogFolder(t, files);
}

/** The lines about each example that fails. */
async function failures(t: TestContext, steps: string): Promise<readonly string[]> {
  const indented = steps
    .trim()
    .split('\n')
    .map((line) => `      ${line}`)
    .join('\n');
  const folder = catalogOf(t, `examples:\n  - name: it\n    steps:\n${indented}\n`);
  const catalog = await loadCatalog(folder);
  const lines: string[] = [];
  for (const example of await readExamples(folder, catalog.model)) {
    const failure = await runExample(systemRuntime, catalog, example);
    if (failure !== null) lines.push(...failureLines(example, failure));
  }
  return lines;
}

// Timers of the runtime don't keep a process alive.
const alive = setInterval(() => {}, 60_000);
test.after(() => clearInterval(alive));

test('every step, on the real API and database', async (t) => {
  // A folder of its own for what is temporary: others use the usual one meanwhile.
  const usual = process.env.TMPDIR;
  const own = mkdtempSync(join(tmpdir(), 'kamado-examples-'));
  process.env.TMPDIR = own;
  t.after(() => {
    if (usual === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = usual;
    rmSync(own, { recursive: true, force: true });
  });
  const failed = await failures(
    t,
    `
- create: { type: line, as: line, body: { name: l1, options: { speed: { up: 1, down: 2 } } }, expect: { free: 2, status: PENDING_CREATE } }
- state: { of: line, state: { note: x } }
- monitoring: { of: line, values: { link: DOWN } }
- expect: { of: line, body: { operational_state: DOWN } }
- create: { type: gateway, as: gw, body: { line_id: $line, name: '$$gw' }, expect: { vlan: 7, line_id: $line.id, name: '$$gw' } }
- create: { type: gateway, as: other, body: { line_id: $line.id } }
- create: { type: gateway, body: { line_id: $line }, refused: POOL_EXHAUSTED, because: vlans }
- create: { type: gateway, body: { line_id: $line, name: bad }, refused: NAME_BAD, because: Bad names }
- expect: { of: line, body: { free: 0, options: { speed: { up: 1 } } }, version: 1 }
- update: { of: gw, body: { name: renamed }, expect: { name: { $matches: '^re' } } }
- action: { type: gateway, name: count, input: {}, expect: { gateways: 2 } }
- action: { of: gw, name: rename, input: { to: acted }, expect: { renamed: true } }
- expect: { of: gw, body: { name: acted } }
- state: { of: gw, error: it broke }
- expect: { of: gw, body: { status: ERROR } }
- settle: all
- find: { type: gateway, where: { vlan: 8 }, as: found }
- list: { type: gateway, where: { line_id: $line }, count: 2, bodies: [{ vlan: 8 }, { id: $gw }] }
- delete: { of: line, refused: RESOURCE_IN_USE }
- delete: { of: gw }
- delete: { of: found }
- settle: all
- gone: gw
- gone: other
- expect: { of: line, body: { free: 2 } }
`,
  );
  assert.deepEqual(failed, []);
  assert.equal(readdirSync(own).length, 1, 'nothing is left behind but the catalogue of the test');
});

const given = '- create: { type: line, as: line, body: { name: l1, password: hunter7 } }';
const wrongs: readonly (readonly [step: string, reason: RegExp])[] = [
  ['- expect: { of: line, body: { free: 3 } }', /^free is 2; expected 3$/],
  ['- expect: { of: line, body: { password: hunter8 } }', /^password is \*\*\*; expected \*\*\*$/],
  ['- expect: { of: line, body: { options: { a: { b: 1 } } } }', /^options\.a has no value; expected \{"b":1\}$/],
  ['- expect: { of: line, body: { name: { $matches: ^x } } }', /^name is "l1"; expected \{"\$matches":"\^x"\}$/],
  ['- expect: { of: line, body: {}, version: 2 }', /^its version is 1; expected 2$/],
  ['- create: { type: line, body: { name: l1 } }', /^it was refused, DUPLICATE_VALUE: /],
  ['- create: { type: line, body: { name: l2 }, refused: DUPLICATE_VALUE }', /^it was done; expected DUPLICATE_VALUE$/],
  ['- create: { type: line, body: {}, refused: DUPLICATE_VALUE }', /VALIDATION_FAILED: .*; expected DUPLICATE_VALUE$/],
  ['- create: { type: line, body: { name: l1 }, refused: DUPLICATE_VALUE, because: size }', /; expected: size$/],
  ['- gone: line', /^line \S+ is still there$/],
  ['- find: { type: gateway, where: { vlan: 7 }, as: x }', /^there are 0 of them; expected 1$/],
  ['- list: { type: line, count: 2 }', /^there are 1; expected 2$/],
  ['- list: { type: line, bodies: [{ free: 1 }] }', /^none is as body 1; {3}nearest: free is 2; expected 1$/],
  ['- state: { of: line, version: 9 }', /^it has no version 9 that could have a state$/],
  ['- monitoring: { of: line, version: 9, values: {} }', /^it has no version 9 to be seen$/],
];

for (const [step, reason] of wrongs) {
  test(`a failure is told with its place and what differs: ${step}`, async (t) => {
    const [place = '', ...reasons] = await failures(t, `${given}\n${step}`);
    assert.match(place, /^ {2}shop\/examples\/all\.yaml:5:9: step 2, /);
    assert.match(reasons.map((line) => line.slice(4)).join('; '), reason);
  });
}

const faults: readonly (readonly [step: string, fault: RegExp])[] = [
  ['- crate: {}', /:4:9#\/examples\/0\/steps\/0\/crate: unknown key; did you mean create\?/],
  ['- create: { type: lin, body: {} }', /:4:19#\S+\/type: there is no type lin with resources; did you mean line\?/],
  ['- create: { type: line, body: {}, expect: { fre: 1 } }', /line has no property fre; did you mean free\?/],
  ['- expect: { of: lien, body: {} }', /\/of: no step before names a resource lien/],
  ['- gone: line', /no step before names a resource line/],
  ['- create: { type: gateway, body: { line_id: $line } }', /body\/line_id: no step before names a resource line/],
  ['- create: { type: line }', /the key body is missing/],
  ['- settle: some', /settle/],
  ['- expect: { of: 1, body: {} }', /of: must be string/],
  ['- action: { type: line, name: count }', /line has no action count/],
  [`${given}\n- create: { type: line, as: line, body: {} }`, /line names another resource already/],
  [`${given}\n- expect: { of: line, body: { name: { $matches: '(' } } }`, /a regular expression is expected/],
  ['- create: { type: note, as: note, body: {} }\n- state: { of: note }', /note has no versions/],
];

for (const [step, fault] of faults) {
  test(`a fault is told with its place, and nothing is run: ${step.split('\n').at(-1)}`, async (t) => {
    await assert.rejects(failures(t, step), (error) => {
      assert.ok(isKamadoError(error, 'EXAMPLES_INVALID'));
      assert.match(error.message, fault);
      assert.match(error.message, /shop\/examples\/all\.yaml:\d+:\d+/);
      return true;
    });
  });
}

test('what is given is done before each example; names are not given twice', async (t) => {
  const text = `
given:
  - create: { type: line, as: line, body: { name: l1 } }
examples:
  - { name: one, steps: [{ expect: { of: line, body: { free: 2 } } }] }
  - { name: two, steps: [{ create: { type: gateway, as: gw, body: { line_id: $line } } }] }
`;
  const folder = catalogOf(t, text);
  const catalog = await loadCatalog(folder);
  const examples = await readExamples(folder, catalog.model);
  assert.deepEqual(
    examples.map(({ name, steps }) => [name, steps.map(({ label }) => label)]),
    [
      ['one', ['given 1', 'step 1']],
      ['two', ['given 1', 'step 1']],
    ],
  );
  for (const example of examples) assert.equal(await runExample(systemRuntime, catalog, example), null);
  mkdirSync(join(folder, 'examples', 'more'));
  writeFileSync(join(folder, 'examples', 'more', 'b.yaml'), 'examples: [{ name: one, steps: [{ settle: all }] }]');
  await assert.rejects(readExamples(folder, catalog.model), /another example has this name/);
});

test('the catalogues that ship do what their examples say', async () => {
  let count = 0;
  for (const name of await shippedNames()) {
    const catalog = await loadCatalog(shipped(name));
    for (const example of await readExamples(shipped(name), catalog.model)) {
      const failure = await runExample(systemRuntime, catalog, example);
      assert.deepEqual(failure === null ? [] : failureLines(example, failure), [], example.name);
      count++;
    }
  }
  assert.ok(count >= 7, String(count));
});
