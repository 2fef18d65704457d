import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { readCloud } from '../../../src/app/cloud-files.ts';
import type { Cloud } from '../../../src/southbound/heat/cloud.ts';
import { onPath } from '../../support/programs.ts';
import { engineOn, never, refusalOf } from './helpers.ts';

const CLOUDS = `
clouds:
  prod:
    auth: {auth_url: 'http://cloud.example', username: worker}
  local: {auth_type: none, auth: {endpoint: 'http://127.0.0.1:8004/v1'}}
`;
const SECURE = 'clouds: {prod: {auth: {password: the-secret-password}}}';

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kamado-clouds-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('the cloud that OS_CLOUD names is looked for where it is said, and in the home folder', async (t) => {
  const home = await folderOf(t);
  const folder = join(home, '.config', 'openstack');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'clouds.yaml'), CLOUDS);
  await writeFile(join(folder, 'secure.yaml'), SECURE);
  const atHome = await readCloud({ HOME: home, OS_CLOUD: 'prod' });
  assert.equal(atHome?.kind === 'password' && atHome.password.reveal(), 'the-secret-password');
  assert.ok(!JSON.stringify(atHome).includes('the-secret-password'));
  const named = { OS_CLOUD: 'local', OS_CLIENT_CONFIG_FILE: join(folder, 'clouds.yaml') };
  assert.deepEqual(await readCloud(named), { kind: 'none', endpoint: 'http://127.0.0.1:8004/v1' });
  const configured = { OS_CLOUD: 'local', XDG_CONFIG_HOME: join(home, '.config'), HOME: '/nowhere' };
  assert.equal((await readCloud(configured))?.kind, 'none');
});

test('without OS_CLOUD the environment counts; without anything there is none', async () => {
  assert.equal(await readCloud({}), null);
  const environment = { OS_AUTH_TYPE: 'none', OS_ENDPOINT: 'http://127.0.0.1:8004/v1' };
  assert.deepEqual(await readCloud(environment), { kind: 'none', endpoint: 'http://127.0.0.1:8004/v1' });
});

test('files that are not there, or cannot be used, are named', async (t) => {
  const folder = await folderOf(t);
  const empty = { HOME: folder, OS_CLOUD: 'prod' };
  const missing = await refusalOf(readCloud(empty));
  assert.equal(missing.params.place, 'OS_CLOUD');
  assert.match(missing.message, /\.config\/openstack\/clouds\.yaml/);
  const none = { OS_AUTH_TYPE: 'none', OS_ENDPOINT: 'https://127.0.0.1:8004/v1' };
  const absent = await refusalOf(readCloud({ ...none, OS_CACERT: join(folder, 'absent.pem') }));
  assert.deepEqual([absent.code, absent.params.place], ['CLOUD_INVALID', 'OS_CACERT']);
  const isFolder = await refusalOf(readCloud({ ...none, OS_CACERT: folder }));
  assert.match(isFolder.message, /OS_CACERT.*it is a folder, not a file/);
  await writeFile(join(folder, 'broken.pem'), 'no certificate: the-secret-key');
  const broken = join(folder, 'broken.pem');
  const unusable = await refusalOf(readCloud({ ...none, OS_CERT: broken, OS_KEY: broken }));
  assert.deepEqual([unusable.code, unusable.params.place], ['CLOUD_INVALID', 'OS_CERT, OS_KEY']);
  assert.doesNotMatch(unusable.message, /the-secret/);
});

const noOpenssl = onPath('openssl') ? {} : { skip: 'openssl is not installed here' };

test(
  'certificates: an unknown authority is refused, a named one trusted, and the client shows its own',
  noOpenssl,
  async (t) => {
    const folder = await folderOf(t);
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const made = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      ...subject,
      '-out',
      cert,
      '-keyout',
      key,
    ];
    await promisify(execFile)('openssl', made);
    const pem = { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') };
    const server = createServer(
      { ...pem, ca: pem.cert, requestCert: true, rejectUnauthorized: false },
      (request, response) => {
        const isKnown = 'authorized' in request.socket && request.socket.authorized === true;
        response.writeHead(isKnown ? 200 : 403).end('{"stacks":[]}');
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const base = { OS_AUTH_TYPE: 'none', OS_ENDPOINT: `https://127.0.0.1:${address.port}/v1` };
    const ask = async (environment: Record<string, string>) => {
      const cloud: Cloud | null = await readCloud({ ...base, ...environment });
      assert.ok(cloud !== null);
      return await engineOn(t, cloud).statuses('tenant-1', ['a'], never);
    };
    const untrusted = await refusalOf(ask({}));
    assert.equal(untrusted.code, 'STACK_ANSWER_INVALID');
    assert.match(untrusted.message, /SELF_SIGNED/);
    assert.equal((await refusalOf(ask({ OS_CACERT: cert }))).code, 'STACK_ACCESS');
    assert.equal((await refusalOf(ask({ OS_INSECURE: '1' }))).code, 'STACK_ACCESS');
    assert.equal((await ask({ OS_CACERT: cert, OS_CERT: cert, OS_KEY: key })).size, 0);
  },
);
