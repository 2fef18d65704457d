import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { openNetconf } from '../../src/southbound/netconf/netconf.ts';
import { AMPLE_MS, acceptAny, failure, targetOf, testRouter, until } from '../southbound/netconf/helpers.ts';

const options = { hostKey: acceptAny, timeoutMs: AMPLE_MS };

describe('a lab router', () => {
  it('counts what happens', async () => {
    const router = await testRouter();
    assert.deepEqual(router.sessions, {
      connections: 0,
      passwordAttempts: 0,
      established: 0,
      requests: 0,
      open: 0,
    });
    const session = await openNetconf(systemRuntime, targetOf(router), options);
    await session.rpc('<get/>');
    assert.deepEqual(router.sessions, { connections: 1, passwordAttempts: 1, established: 1, requests: 1, open: 1 });
    await session.close();
    await until(() => router.sessions.open === 0);
    assert.equal(router.sessions.requests, 2);
    await router.close();
  });

  it('gives each session its own id, and kills another one but not the own', async () => {
    const router = await testRouter();
    const one = await openNetconf(systemRuntime, targetOf(router), options);
    const two = await openNetconf(systemRuntime, targetOf(router), options);
    assert.notEqual(one.sessionId, two.sessionId);
    const kill = (id: number) => `<kill-session><session-id>${id}</session-id></kill-session>`;
    await failure(one.rpc(kill(one.sessionId)), 'NETCONF_RPC_ERROR', /invalid-value/);
    await failure(one.rpc(kill(4711)), 'NETCONF_RPC_ERROR', /invalid-value/);
    assert.match(await one.rpc(kill(two.sessionId)), /<ok\/>/);
    await until(() => router.sessions.open === 1);
    await failure(two.rpc('<get/>'), 'NETCONF_UNREACHABLE');
    await one.close();
    await router.close();
  });

  it('resets each connection while it refuses', async () => {
    const router = await testRouter({ fault: { kind: 'refuse' } });
    const socket = connect(router.port, router.address);
    const [error] = await once(socket, 'error');
    assert.equal(error.code, 'ECONNRESET');
    await router.close();
  });

  it('asks the fault source at each stage, and heals', async () => {
    let refuse = true;
    const router = await testRouter({ faultSource: () => (refuse ? { kind: 'refuse' } : undefined) });
    await failure(openNetconf(systemRuntime, targetOf(router), options), 'NETCONF_UNREACHABLE');
    refuse = false;
    const session = await openNetconf(systemRuntime, targetOf(router), options);
    await session.close();
    await router.close();
  });

  it('ends open sessions when it closes', async () => {
    const router = await testRouter();
    const session = await openNetconf(systemRuntime, targetOf(router), options);
    await router.close();
    await failure(session.rpc('<get/>'), 'NETCONF_UNREACHABLE');
    await session.close();
  });

  it('says which port is taken, and which address is not there', async () => {
    const router = await testRouter();
    await assert.rejects(testRouter({ port: router.port }), (error) => isKamadoError(error, 'PORT_IN_USE'));
    await router.close();
    // 192.0.2.0/24 is for documentation (RFC 5737): no machine has it.
    await assert.rejects(testRouter({ host: '192.0.2.1' }), (error) => isKamadoError(error, 'ADDRESS_UNUSABLE'));
  });
});
