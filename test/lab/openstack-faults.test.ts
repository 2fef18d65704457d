import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '../support/until.ts';
import { at, created, doubleFor, hot, reported, send } from './openstack-helpers.ts';

describe('the simulated OpenStack on request', () => {
  it('fails as often as it was told, and only where', async (context) => {
    const double = await doubleFor(context);
    const url = await created(double, 'one', hot({}));
    double.fail({ kind: 'status', status: 503 }, { times: 2, of: 'show' });
    assert.equal((await send(`${double.endpoint}/p/stacks`)).status, 200);
    const failed = await send(url);
    assert.deepEqual([failed.status, at(failed.json, 'title')], [503, 'Service Unavailable']);
    assert.equal((await send(url)).status, 503);
    assert.equal((await send(url)).status, 200);
  });

  it('answers HTML, nothing, too much, or not at all', async (context) => {
    const double = await doubleFor(context);
    const url = `${double.endpoint}/p/stacks`;
    double.fail({ kind: 'html' });
    assert.match((await send(url)).text, /^<html>/);
    double.fail({ kind: 'empty', status: 502 });
    assert.deepEqual([(await send(url)).status], [502]);
    double.fail({ kind: 'huge', bytes: 1_000_000 });
    assert.ok((await send(url)).text.length >= 1_000_000);
    double.fail({ kind: 'reset' });
    await assert.rejects(send(url));
    double.fail({ kind: 'hang' });
    await assert.rejects(fetch(url, { signal: AbortSignal.timeout(100) }), { name: 'TimeoutError' });
    double.fail({ kind: 'hang' });
    double.heal();
    assert.equal((await send(url)).status, 200);
  });

  it('does what it was asked, and loses the answer', async (context) => {
    const double = await doubleFor(context);
    double.fail({ kind: 'reset' }, { of: 'create', isDone: true });
    await assert.rejects(created(double, 'lost', hot({})));
    assert.deepEqual(
      double.stacks().map(({ name, tags }) => [name, tags]),
      [['lost', ['kamado:1']]],
    );
    double.fail({ kind: 'reset' }, { of: 'create' });
    await assert.rejects(created(double, 'never', hot({})));
    assert.equal(double.stacks().length, 1);
  });

  it('counts requests, and tells of them before and after', async (context) => {
    const heard: string[] = [];
    const double = await doubleFor(context, {
      onRequest: (kind) => void heard.push(`before ${kind}`),
      onAnswer: (kind) => void heard.push(`after ${kind}`),
    });
    const url = await created(double, 'one', hot({}));
    await until(async () => (await reported(url)).startsWith('CREATE_COMPLETE'), 'complete');
    await send(`${double.endpoint}/p/stacks/one`);
    await send(`${url}/events`);
    await send(url, 'DELETE');
    const { total, byMethod, byKind } = double.requests;
    assert.equal(byMethod.get('POST'), 1);
    assert.equal(byMethod.get('DELETE'), 1);
    assert.deepEqual([byKind.get('create'), byKind.get('lookup'), byKind.get('events')], [1, 1, 1]);
    assert.equal(
      total,
      [...byKind.values()].reduce((sum, number) => sum + number, 0),
    );
    assert.deepEqual(heard.slice(0, 2), ['before create', 'after create']);
    assert.deepEqual(heard.slice(-2), ['before delete', 'after delete']);
  });
});
