import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hostKeyOf } from '../../lab/host-keys.ts';
import { LAB_LOGIN, LAB_PASSWORD, LAB_PORT, labRouters, startLab } from '../../lab/lab.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { Secret } from '../../src/kernel/secret.ts';
import { openNetconf } from '../../src/southbound/netconf/netconf.ts';
import { AMPLE_MS, failure } from '../southbound/netconf/helpers.ts';

const folder = mkdtempSync(join(tmpdir(), 'kamado-lab-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Opens and closes a session; the fingerprint of the host key. */
async function visit(host: string): Promise<string> {
  let fingerprint = '';
  const accept = async (shown: string) => {
    fingerprint = shown;
    return true;
  };
  const target = { host, port: LAB_PORT, login: LAB_LOGIN, password: new Secret(LAB_PASSWORD) };
  const session = await openNetconf(systemRuntime, target, { hostKey: { accept }, timeoutMs: AMPLE_MS });
  await session.close();
  return fingerprint;
}

describe('host keys', () => {
  it('are made once, kept, and for their owner only', () => {
    const first = hostKeyOf(folder, 'one');
    assert.equal(hostKeyOf(folder, 'one'), first);
    assert.notEqual(hostKeyOf(folder, 'two'), first);
    const path = join(folder, 'one.hostkey');
    assert.equal(readFileSync(path, 'utf8'), first);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('are refused where the file holds something else, or the folder is none', () => {
    const path = join(folder, 'three.hostkey');
    writeFileSync(path, 'not a key');
    const isUnusable = (error: unknown) => isKamadoError(error, 'DATA_FOLDER_UNUSABLE');
    assert.throws(() => hostKeyOf(folder, 'three'), isUnusable);
    assert.throws(() => hostKeyOf(path, 'four'), isUnusable);
  });
});

describe('the lab', () => {
  it('has two routers, whose host keys survive a restart', async () => {
    const first = await startLab(folder);
    const keys = await Promise.all(labRouters.map(({ host }) => visit(host)));
    assert.equal(new Set(keys).size, labRouters.length);
    await assert.rejects(startLab(folder), (error) => isKamadoError(error, 'PORT_IN_USE'));
    await first.close();

    const second = await startLab(folder);
    assert.deepEqual(await Promise.all(labRouters.map(({ host }) => visit(host))), keys);
    await second.close();
  });

  it('fails as its fault files say, while they are there', async () => {
    const lines: string[] = [];
    const lab = await startLab(folder, { report: (line) => lines.push(line) });
    const [one, two] = labRouters;
    const path = join(folder, `${one.name}.fault`);
    writeFileSync(path, 'drop:authenticate\n');
    await failure(visit(one.host), 'NETCONF_UNREACHABLE');
    await visit(two.host);
    writeFileSync(path, 'explode');
    await visit(one.host);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /names no fault/);
    rmSync(path);
    await visit(one.host);
    await lab.close();
  });
});

describe('the lab as a process', () => {
  const main = fileURLToPath(new URL('../../lab/main.js', import.meta.url));
  const run = (...args: string[]) =>
    spawn(process.execPath, [main, '--folder', folder, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });

  it('runs until it is told to end', async () => {
    const child = run('--fault', 'edge-router-1=refuse');
    await output(child, /end with Ctrl-C/);
    await failure(visit(labRouters[0].host), 'NETCONF_UNREACHABLE', /reset|closed/);
    await visit(labRouters[1].host);
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });

  for (const [args, reason] of [
    [['--fault', 'edge-router-9=refuse'], /the routers are edge-router-1, edge-router-2/],
    [['--fault', 'edge-router-1=explode'], /the faults are none, refuse, hang:connect/],
    [['--loud'], /--loud/],
  ] as const) {
    it(`refuses ${args.join(' ')}`, async () => {
      const child = run(...args);
      let reported = '';
      child.stderr.on('data', (bytes: Buffer) => {
        reported += bytes.toString();
      });
      const [code] = await once(child, 'close');
      assert.equal(code, 1);
      assert.match(reported, reason);
    });
  }
});

async function output(child: ChildProcess, expected: RegExp): Promise<void> {
  let reported = '';
  for await (const bytes of child.stdout ?? []) {
    reported += String(bytes);
    if (expected.test(reported)) return;
  }
  assert.fail(`ended with ${reported}`);
}
