import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { isJsonObject } from '../../src/kernel/json.ts';
import { freePort } from '../support/programs.ts';
import { kamado, packageRoot, type Running, start, temporaryFolder } from './helpers.ts';

const script = join(packageRoot, 'scripts', 'start.mjs');

describe('npm start', () => {
  it('shows an HA router on its way to ACTIVE, and a second time creates nothing', async (t) => {
    const data = join(temporaryFolder(t), 'data');
    const args = ['--port', String(await freePort()), '--lab-port', String(await freePort()), '--data-dir', data];
    const first = start(t, script, args);
    const list = await finished(first);
    const { stdout } = first.output();
    assert.match(stdout, /^POST \/v2\.0\/ha_routers → 201/m);
    assert.match(stdout, /●.*▶ create \/config {2}version 1/);
    assert.match(stdout, /●─*▶ create \/jobs\/working monitoring_worker/);
    assert.match(stdout, /create \/state {2}state_monitoring=/);
    assert.match(stdout, /delete \/jobs\/all monitoring_worker/);
    for (const line of diagramOf(stdout)) assert.ok(line.length <= 100, line);

    const commands = [...stdout.matchAll(/^ {2}\.\/bin\/kamado (.+)$/gm)].map(([, text = '']) => text.split(' '));
    assert.equal(commands.length, 2);
    for (const command of commands) {
      const { code, stdout: printed, stderr } = await kamado(t, command);
      assert.equal(code, 0, stderr);
      assert.match(printed, /sample-ha-router|▶ create \/config/);
    }
    const [, url = ''] = /^ {2}curl (\S+)$/m.exec(stdout) ?? [];
    const before = await (await fetch(url)).json();
    const { code, stderr } = await first.end('SIGINT');
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });

    const second = start(t, script, args);
    assert.deepEqual(await finished(second), list);
    const again = second.output().stdout;
    assert.match(again, /nothing is created again/);
    assert.doesNotMatch(again, /POST/);
    assert.deepEqual(diagramOf(again), diagramOf(stdout));
    assert.deepEqual(await (await fetch(url)).json(), before);
    const started = performance.now();
    assert.equal((await second.end('SIGTERM')).code, 0);
    assert.ok(performance.now() - started < 2_000);
  });

  it('serves what became of its sample, and whatever stands in its way', async (t) => {
    const data = join(temporaryFolder(t), 'data');
    const args = ['--port', String(await freePort()), '--lab-port', String(await freePort()), '--data-dir', data];
    const first = start(t, script, args);
    await finished(first);
    const [, url = ''] = /^ {2}curl (\S+)$/m.exec(first.output().stdout) ?? [];
    const list: unknown = await (await fetch(url)).json();
    const routers = isJsonObject(list) && Array.isArray(list.ha_routers) ? list.ha_routers : [];
    const { id, primary_router_id, secondary_router_id } = routers[0] ?? {};
    assert.equal((await fetch(`${url}/${id}`, { method: 'DELETE' })).status, 204);
    while ((await fetch(`${url}/${id}`)).status !== 404) await pause(20);
    const mine = JSON.stringify({ name: 'mine', primary_router_id, secondary_router_id });
    const headers = { 'content-type': 'application/json' };
    assert.equal((await fetch(url, { method: 'POST', headers, body: mine })).status, 201);
    assert.equal((await first.end('SIGINT')).code, 0);

    const second = start(t, script, args);
    await second.printed(/^mine is ACTIVE\.$/m);
    await second.printed(/^Kamado serves at /m);
    assert.equal((await fetch(url)).status, 200);
    assert.equal((await second.end('SIGTERM')).code, 0);
  });

  it('helps, and ends with 2 where it is called wrongly', async (t) => {
    const help = await start(t, script, ['--help']).ended;
    assert.equal(help.code, 0);
    assert.match(help.stdout, /^Usage: npm start --/);
    assert.equal((await start(t, script, ['--lab-port', 'x']).ended).code, 2);
    assert.equal((await start(t, script, ['--heat']).ended).code, 2);
  });
});

/** Waits for the end of what it has to say; the lines that name what to try next. */
async function finished(demo: Running): Promise<readonly string[]> {
  await demo.printed(/^sample-ha-router is ACTIVE\.$/m);
  const [text] = await demo.printed(/^Kamado serves at [\s\S]+\n {2}curl .+\n/m);
  return text.split('\n');
}

function diagramOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => /[│●]/.test(line));
}
