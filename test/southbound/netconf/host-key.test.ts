import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import ssh2 from 'ssh2';
import { generateHostKey } from '../../../lab/host-keys.ts';
import { systemRuntime } from '../../../src/app/process/system-runtime.ts';
import { hostKeyFingerprint } from '../../../src/southbound/netconf/host-key.ts';
import { type HostKeyPolicy, openNetconf } from '../../../src/southbound/netconf/netconf.ts';
import { AMPLE_MS, failure, SHORT_MS, targetOf, testRouter, until } from './helpers.ts';

describe('host key', () => {
  it('has the fingerprint that ssh-keygen prints', () => {
    const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';
    assert.equal(hostKeyFingerprint(Buffer.from(key, 'base64')), 'SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA');
  });

  it('is pinned: the same goes on, another is refused before the password is sent', async () => {
    const pinned = generateHostKey();
    const policy = pinTo(fingerprintOf(pinned));
    const router = await testRouter({ hostKeyPem: pinned });
    const session = await openNetconf(systemRuntime, targetOf(router), { hostKey: policy, timeoutMs: AMPLE_MS });
    await session.close();
    assert.equal(router.sessions.passwordAttempts, 1);
    await router.close();

    const impostor = await testRouter({ hostKeyPem: generateHostKey() });
    const opening = openNetconf(systemRuntime, targetOf(impostor), { hostKey: policy, timeoutMs: AMPLE_MS });
    await failure(opening, 'NETCONF_HOST_KEY');
    await until(() => impostor.sessions.open === 0);
    assert.equal(impostor.sessions.connections, 1);
    assert.equal(impostor.sessions.passwordAttempts, 0);
    await impostor.close();
  });

  it('is waited for while the policy thinks, within the time', async () => {
    const router = await testRouter();
    const never: HostKeyPolicy = { accept: () => new Promise(() => {}) };
    const opening = openNetconf(systemRuntime, targetOf(router), { hostKey: never, timeoutMs: SHORT_MS });
    await failure(opening, 'NETCONF_UNREACHABLE', /no answer within/);
    assert.equal(router.sessions.passwordAttempts, 0);
    await router.close();
  });

  it('ends the attempt with what the policy rejects with', async () => {
    const router = await testRouter();
    const broken = new Error('the pins cannot be read');
    const options = { hostKey: { accept: () => Promise.reject(broken) }, timeoutMs: AMPLE_MS };
    await assert.rejects(openNetconf(systemRuntime, targetOf(router), options), broken);
    assert.equal(router.sessions.passwordAttempts, 0);
    await router.close();
  });
});

function pinTo(fingerprint: string): HostKeyPolicy {
  return { accept: async (shown) => shown === fingerprint };
}

function fingerprintOf(pem: string): string {
  const key = ssh2.utils.parseKey(pem);
  assert.ok(!(key instanceof Error));
  return hostKeyFingerprint(key.getPublicSSH());
}
