import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKamadoError, type KamadoError } from '../../src/kernel/errors.ts';
import { type JsonObject, parseJson } from '../../src/kernel/json.ts';
import { limits } from '../../src/kernel/limits.ts';
import { compileModel } from '../../src/schema/compile-model.ts';
import { createValidator } from '../../src/schema/validator.ts';
import { dumpedModel, objectOf, readLines, skipWithoutTraces } from './recordings.ts';

const both = ['create', 'update'];
const model = compileModel([
  {
    id: 'router',
    singular: 'router',
    plural: 'routers',
    prefix: '/v2.0',
    title: 'Router',
    schema: {
      type: 'object',
      required: ['ip', 'secret_note'],
      properties: {
        id: { type: 'string', permission: ['create'] },
        name: { type: 'string', default: '', permission: both },
        ip: { type: 'string', format: 'ipv4', permission: ['create'] },
        note: { type: 'string', permission: both },
        password: { type: 'string', pattern: '^[a-z]+$', permission: both },
        secret_note: { type: 'string', permission: [] },
        kind: { type: 'string', enum: ['a', 'b'], default: 'a', permission: both },
        most: { type: 'integer', default: 5, permission: both },
        status: { type: ['string', 'null'], default: 'NO_STATE', permission: [] },
        tags: { type: 'array', items: { type: 'object' }, uniqueItems: true, permission: both },
        primary: {
          type: 'object',
          permission: both,
          additionalProperties: false,
          default: { port: 830 },
          properties: {
            ip: { type: 'string' },
            port: { type: 'integer' },
            mode: { type: 'string', default: 'auto' },
          },
        },
        backup: {
          type: 'object',
          permission: both,
          required: ['ip'],
          properties: { ip: { type: 'string' }, port: { type: 'integer' } },
        },
      },
    },
  },
]);
const validator = createValidator(model);

function schema(id: string, properties: JsonObject): JsonObject {
  return { id, singular: id, plural: `${id}s`, prefix: '/v2.0', title: id, schema: { type: 'object', properties } };
}

function router() {
  const type = model.types.get('router');
  assert.ok(type);
  return type;
}

function refusal(run: () => unknown): KamadoError {
  try {
    run();
  } catch (error) {
    if (isKamadoError(error, 'VALIDATION_FAILED')) return error;
    throw error;
  }
  return assert.fail('it was accepted');
}

function pointers(run: () => unknown): readonly string[] {
  return refusal(run).faults.map(({ pointer, reason }) => `${pointer} ${reason}`);
}

test('defaults are filled in, never-set properties stay absent', () => {
  assert.deepEqual(validator.create(router(), { ip: '10.0.0.1' }).body, {
    ip: '10.0.0.1',
    name: '',
    kind: 'a',
    most: 5,
    status: 'NO_STATE',
    primary: { port: 830, mode: 'auto' },
  });
  const { body } = validator.create(router(), { ip: '10.0.0.1', most: 7, primary: { ip: 'x', mode: 'b' }, note: null });
  assert.deepEqual([body.primary, body.note], [{ ip: 'x', mode: 'b', port: 830 }, null]);
});

test('what is required is required on create, of what a client can create', () => {
  assert.deepEqual(
    pointers(() => validator.create(router(), {})),
    ['/ip ip is required'],
  );
  assert.deepEqual(validator.update(router(), {}), {});
});

test('all faults at once, in the words of the original, with pointers and without values', () => {
  const body = {
    ip: 'hunter2',
    password: 'HUNTER2',
    most: 'hunter2',
    kind: 'hunter2',
    backup: { port: true },
    extra: 1,
  };
  const error = refusal(() => validator.create(router(), body));
  assert.deepEqual(error.faults.map(({ pointer }) => pointer).sort(), [
    '/backup/ip',
    '/backup/port',
    '/extra',
    '/ip',
    '/kind',
    '/most',
    '/password',
  ]);
  assert.match(error.message, /^Validation error: router: Json validation error:\n\t/);
  assert.ok(error.message.includes('\n\tmost: Invalid type. Expected: integer, given: string,'));
  assert.ok(error.message.includes('\n\tbackup.ip: ip is required,'));
  assert.doesNotMatch(error.message + JSON.stringify(error.faults), /hunter2/i);
  assert.equal(error.status, 400);
});

test('texts are matched in linear time, whatever their pattern and however long they are', () => {
  const long = 'a'.repeat(20_000);
  const typed = compileModel([
    schema('word', {
      evil: { type: 'string', pattern: '^(a+)+$', permission: both },
      word: { type: 'string', pattern: '(?i)^[[:alpha:]]\\pL*\\z', permission: both },
      words: { type: 'array', items: { type: 'string', pattern: '(?:a?){300}b' }, permission: both },
      keys: { type: 'object', patternProperties: { '^(a|aa)+$': { type: 'integer' } }, permission: both },
    }),
  ]);
  const type = typed.types.get('word');
  assert.ok(type);
  const { create } = createValidator(typed);
  create(type, { evil: long, word: 'Aé', words: [], keys: { [long]: 1, [`${long}!`]: 'x' } });
  assert.deepEqual(
    pointers(() => create(type, { evil: `${long}!`, word: 'é', words: ['a'], keys: { aa: 'x' } })).map(
      (fault) => fault.split(' ')[0],
    ),
    ['/evil', '/keys/aa', '/word', '/words/0'],
  );
  // All texts of a body together: a list of them must not take longer than one.
  for (const words of [[long], Array.from({ length: 60 }, () => 'a'.repeat(4_000))]) {
    assert.throws(
      () => create(type, { words }),
      (error) => isKamadoError(error, 'PATTERN_TOO_COSTLY') && error.status === 400,
    );
  }
  create(type, { words: [] });
});

test('a multiple is one in decimals, as they are written', () => {
  const typed = compileModel([
    schema('price', {
      price: { type: 'number', multipleOf: 0.01, permission: both },
      small: { type: 'number', multipleOf: 1e-9, permission: both },
      odd: { type: 'number', multipleOf: 2.5, permission: both },
      whole: { type: 'integer', multipleOf: 3, permission: both },
      list: { type: 'array', items: { type: 'number', multipleOf: 0.1 }, permission: both },
    }),
  ]);
  const type = typed.types.get('price');
  assert.ok(type);
  const { create } = createValidator(typed);
  for (const price of [19.99, 4.35, 0.07, -0.07, 1.1, 0, 1e21, 1e300, 123456789.12, 0.29, 1.13, 8.41]) {
    create(type, { price });
  }
  for (const price of [19.999, 0.001, 1e-7, -4.355, 123456789.123]) {
    assert.deepEqual(
      pointers(() => create(type, { price })),
      ['/price must be multiple of 0.01'],
    );
  }
  create(type, { small: 0.123456789, odd: 7.5, whole: -9, list: [0.3, 0.7, 1.1] });
  assert.deepEqual(
    pointers(() => create(type, { small: 1e-10, odd: 7, whole: 10, list: [0.3, 0.35] })).map(
      (fault) => fault.split(' ')[0],
    ),
    ['/list/1', '/odd', '/small', '/whole'],
  );
});

test('permissions: what the server sets, what is set on create only', () => {
  assert.deepEqual(
    pointers(() => validator.create(router(), { ip: '10.0.0.1', status: 'ACTIVE' })),
    ['/status Property status is read-only'],
  );
  assert.deepEqual(pointers(() => validator.update(router(), { ip: '10.0.0.2', id: 'a', extra: 1 })).toSorted(), [
    '/extra Additional property extra is not allowed',
    '/id Property id can be set on create only',
    '/ip Property ip can be set on create only',
  ]);
});

test('a patch of an object may be a part of it', () => {
  assert.deepEqual(validator.update(router(), { backup: { port: 831 } }), { backup: { port: 831 } });
  assert.deepEqual(
    pointers(() => validator.update(router(), { backup: { port: 'x' } })),
    ['/backup/port Invalid type. Expected: integer, given: string'],
  );
});

test('null is accepted where the property is nullable', () => {
  assert.deepEqual(validator.update(router(), { note: null }), { note: null });
  assert.deepEqual(
    pointers(() => validator.update(router(), { name: null })),
    ['/name Invalid type. Expected: string, given: null'],
  );
  assert.deepEqual(
    pointers(() => validator.create(router(), { ip: null })),
    ['/ip Invalid type. Expected: string, given: null'],
  );
});

test('ids: given, empty, impossible', () => {
  assert.equal(validator.create(router(), { id: 'r-1', ip: '10.0.0.1' }).body.id, 'r-1');
  assert.equal(Object.hasOwn(validator.create(router(), { id: '', ip: '10.0.0.1' }).body, 'id'), false);
  for (const id of ['..', 'a/b', 'x'.repeat(limits.idLength + 1)]) {
    assert.match(pointers(() => validator.create(router(), { id, ip: '10.0.0.1' })).join(), /^\/id Does not match/);
  }
});

test('keys that poison prototypes are refused at the top and harmless inside', () => {
  const top = objectOf(parseJson('{"ip": "10.0.0.1", "__proto__": {"polluted": 1}, "constructor": {}}'));
  assert.deepEqual(
    pointers(() => validator.create(router(), top)).map((text) => text.split(' ')[0]),
    ['/__proto__', '/constructor'],
  );
  const inner = objectOf(parseJson('{"ip": "10.0.0.1", "tags": [{"__proto__": {"polluted": 1}}]}'));
  validator.create(router(), inner);
  const probe: { readonly polluted?: number } = {};
  assert.equal(probe.polluted, undefined);
});

test('many faults and long names are cut', () => {
  const many: JsonObject = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`x${i}${'y'.repeat(500)}\n`, 1]));
  const error = refusal(() => validator.create(router(), { ip: '10.0.0.1', ...many }));
  assert.equal(error.faults.length, limits.validationErrors);
  assert.match(error.message, /and 480 more$/);
  assert.ok(error.message.length < 5_000);
});

test('lists whose elements have to differ are bounded', () => {
  const tags = Array.from({ length: limits.uniqueItems + 1 }, (_, i) => ({ i }));
  assert.match(pointers(() => validator.create(router(), { ip: '10.0.0.1', tags })).join(), /^\/tags /);
});

test('the recorded creates are accepted, and give the recorded bodies', { skip: skipWithoutTraces }, () => {
  const dumped = dumpedModel();
  const check = createValidator(dumped);
  let creates = 0;
  for (const run of ['2019_firewall', '2019_logical_network']) {
    for (const request of readLines(run, 'requests.jsonl')) {
      const type = dumped.byUrl.get(String(request.path));
      if (request.method !== 'POST' || type === undefined || request.status !== 201) continue;
      const { body } = check.create(type, objectOf(objectOf(request.body)[type.singular]));
      const response = objectOf(objectOf(request.response)[type.singular]);
      const given = objectOf(objectOf(request.body)[type.singular]);
      for (const name of Object.keys(given)) if (!isMasked(response[name])) assert.deepEqual(body[name], given[name]);
      creates++;
    }
  }
  assert.ok(creates >= 10, `${creates} creates`);
});

test('an integer that JSON numbers can’t hold exactly is refused', () => {
  const validator = createValidator(model);
  const router = model.types.get('router');
  assert.ok(router);
  for (const most of [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 0]) {
    assert.deepEqual(validator.update(router, { most }), { most });
  }
  for (const most of [1e20, -1e20, Number.MAX_SAFE_INTEGER + 1]) {
    assert.throws(() => validator.update(router, { most }), isKamadoError);
  }
});

function isMasked(value: unknown): boolean {
  return value === '***';
}
