import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
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
