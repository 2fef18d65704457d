import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kamadoError } from '../../src/kernel/errors.ts';
import { ForeignText } from '../../src/kernel/foreign-text.ts';
import { WITHHELD } from '../../src/kernel/redactor.ts';
import type { Job } from '../../src/records/job.ts';
import { decodeFinished } from '../../src/records/job.ts';
import { encodeSecretNames, jobMarkKey } from '../../src/records/secret-marks.ts';
import { recordingLog } from '../support/work.ts';
import { finished, jobOf, openDesk, ready, start } from './jobs.ts';

const SECRET = 'hunter2-Zq9';

const given = (values: { readonly [param: string]: string }): Job['params'] =>
  Object.entries(values).map(([param, value]) => ({ param, type: 'value', value, resources: [] }));

test('what a handler throws is redacted by what planning said of its parameters, our own words never', async (t) => {
  const desk = await openDesk(t);
  const { log, lines } = recordingLog();
  const texts = [
    new Error(`odd ${SECRET} and ${Buffer.from(SECRET).toString('base64')}`),
    new TypeError('Cannot read properties of the connection'),
    kamadoError('NETCONF_UNREACHABLE', { address: 'x', reason: 'the connection was refused' }),
    kamadoError('STACK_REFUSED', { stack: 's', reason: new ForeignText(`no ${SECRET}`) }),
    `thrown ${SECRET}`,
  ];
  start(t, desk.store, {
    log,
    run: async (job) => {
      throw texts[Number(job.resource_id)];
    },
  });
  const ended = async (place: number, params: Job['params']): Promise<readonly string[]> => {
    const id = String(place);
    const job = { ...jobOf(id), id: `create:builder:part:${id}:1:abcde`, job_name: `part:${id}:1`, params };
    await desk.put(jobMarkKey(job.id), encodeSecretNames(['key', 'word']));
    return decodeFinished(await finished(desk, await ready(desk, job)));
  };
  const params = given({ key: SECRET, word: 'connection', open: 'odd' });
  assert.deepEqual(await ended(0, params), ['odd *** and ***']);
  assert.deepEqual(await ended(1, params), [WITHHELD]);
  assert.deepEqual(await ended(2, params), ['The device at x cannot be reached: the connection was refused']);
  assert.deepEqual(await ended(3, params), ['Stack s was refused: no ***']);
  assert.deepEqual(await ended(4, params), ['thrown ***']);
  assert.ok(lines.length >= texts.length);
  assert.doesNotMatch(JSON.stringify(lines), /hunter2/);
});
