import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Router } from '../../../lab/router.ts';
import { limits } from '../../../src/kernel/limits.ts';
import { Secret } from '../../../src/kernel/secret.ts';
import { BASE_1_0 } from '../../../src/southbound/netconf/hello.ts';
import { openNetconf } from '../../../src/southbound/netconf/netconf.ts';
import {
  AMPLE_MS,
  acceptAny,
  countingRuntime,
  failure,
  SHORT_MS,
  sshServer,
  targetOf,
  testRouter,
  until,
} from './helpers.ts';

describe('a NETCONF session with a router', () => {
  const { runtime, timers } = countingRuntime();
  let router: Router;
  before(async () => {
    router = await testRouter();
  });
  after(() => router.close());
  afterEach(async () => {
    router.setFault({ kind: 'none' });
    assert.equal(timers(), 0, 'a timer is left');
    await until(() => router.sessions.open === 0);
  });
  const open = (timeoutMs = AMPLE_MS, signal?: AbortSignal) =>
    openNetconf(runtime, targetOf(router), {
      hostKey: acceptAny,
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });

  it('exchanges hellos, requests and the end', async () => {
    const established = router.sessions.established;
    const session = await open();
    assert.ok(session.sessionId > 0);
    assert.ok(session.capabilities.includes('http://xml.juniper.net/netconf/junos/1.0'));
    assert.ok(session.capabilities.some((uri) => uri.endsWith('?module=ietf-interfaces&revision=2018-02-20')));
    assert.match(await session.rpc('<get-config><source><running/></source></get-config>'), /<host-name>test-router</);
    assert.match(await session.rpc('<lock><target><candidate/></target></lock>'), /<ok\/>/);
    await session.close();
    assert.equal(router.sessions.established, established + 1);
    await failure(session.rpc('<get/>'), 'NETCONF_UNREACHABLE', /session is closed/);
  });

  it('speaks to a router that knows only base:1.0', async () => {
    const old = await testRouter({ capabilities: [BASE_1_0] });
    const session = await openNetconf(runtime, targetOf(old), { hostKey: acceptAny, timeoutMs: AMPLE_MS });
    assert.deepEqual(session.capabilities, [BASE_1_0]);
    assert.match(await session.rpc('<get/>'), /<system-state/);
    await session.close();
    await old.close();
  });

  it('matches replies to requests that are sent at once', async () => {
    const session = await open();
    const [config, refused, ok] = await Promise.allSettled([
      session.rpc('<get-config/>'),
      session.rpc('<get-schema/>'),
      session.rpc('<commit/>'),
    ]);
    assert.ok(config.status === 'fulfilled' && config.value.includes('<configuration'));
    assert.ok(ok.status === 'fulfilled' && ok.value.includes('<ok/>'));
    assert.equal(refused.status, 'rejected');
    await session.close();
  });

  it('names the error-tag of a refused request, and goes on', async () => {
    const session = await open();
    await failure(session.rpc('<reboot-now/>'), 'NETCONF_RPC_ERROR', /operation-not-supported/);
    assert.match(await session.rpc('<discard-changes/>'), /<ok\/>/);
    await session.close();
  });

  it('bounds the requests that wait', async () => {
    router.setFault({ kind: 'hang', after: 'hello' });
    const session = await open();
    const waiting = Array.from({ length: limits.netconfPendingRequests }, () => session.rpc('<get/>'));
    const ended = Promise.allSettled(waiting);
    await failure(session.rpc('<get/>'), 'OVERLOADED');
    await session.close();
    for (const result of await ended) assert.equal(result.status, 'rejected');
  });

  it('logs in by keyboard-interactive where that is all there is', async () => {
    let answers: readonly string[] = [];
    const server = await sshServer({
      authenticate: (context) => {
        if (context.method !== 'keyboard-interactive') {
          context.reject(['keyboard-interactive']);
          return;
        }
        const prompts = [
          { prompt: 'Password: ', echo: false },
          { prompt: 'Your favourite colour: ', echo: true },
        ];
        context.prompt(prompts, (given) => {
          answers = given;
          context.accept();
        });
      },
      channel: (channel) => {
        channel.write(
          `<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><capabilities><capability>${BASE_1_0}` +
            `</capability></capabilities><session-id>3</session-id></hello>]]>]]>`,
        );
      },
    });
    const session = await openNetconf(runtime, targetOf(server), { hostKey: acceptAny, timeoutMs: AMPLE_MS });
    assert.equal(session.sessionId, 3);
    assert.deepEqual(answers, [targetOf(server).password.reveal(), '']);
    // This server never answers close-session: the end comes all the same.
    await session.close();
    await until(() => server.open() === 0);
    await server.close();
  });

  it('reports a wrong password', async () => {
    const target = { ...targetOf(router), password: new Secret('wrong-password') };
    const opening = openNetconf(runtime, target, { hostKey: acceptAny, timeoutMs: AMPLE_MS });
    const error = await failure(opening, 'NETCONF_AUTHENTICATION');
    assert.ok(!error.message.includes('wrong-password'));
  });

  it('reports a port where nobody listens, and one that is none', async () => {
    const gone = await testRouter();
    const target = targetOf(gone);
    await gone.close();
    const options = { hostKey: acceptAny, timeoutMs: AMPLE_MS };
    await failure(openNetconf(runtime, target, options), 'NETCONF_UNREACHABLE', /127\.0\.0\.1:\d+.*refused/);
    await failure(openNetconf(runtime, { ...target, port: 70_000 }, options), 'NETCONF_UNREACHABLE', /not usable/);
  });

  describe('under each fault', () => {
    it('refuse', async () => {
      router.setFault({ kind: 'refuse' });
      await failure(open(), 'NETCONF_UNREACHABLE', /reset|closed|refused/);
    });

    for (const stage of ['connect', 'authenticate'] as const) {
      it(`hang after ${stage}: time runs out`, async () => {
        router.setFault({ kind: 'hang', after: stage });
        await failure(open(SHORT_MS), 'NETCONF_UNREACHABLE', /no answer within 400 ms/);
      });

      it(`drop after ${stage}: the connection is gone`, async () => {
        router.setFault({ kind: 'drop', after: stage });
        await failure(open(), 'NETCONF_UNREACHABLE', /closed|reset/);
      });
    }

    it('hang after hello: the reply does not come, and the session is over', async () => {
      router.setFault({ kind: 'hang', after: 'hello' });
      const session = await open(3_000);
      await failure(session.rpc('<get/>'), 'NETCONF_UNREACHABLE', /no answer within 3000 ms/);
      await failure(session.rpc('<get/>'), 'NETCONF_UNREACHABLE', /no answer/);
      await session.close();
    });

    it('hang after hello: close does not wait for long', async () => {
      router.setFault({ kind: 'hang', after: 'hello' });
      const session = await open();
      await session.close();
      await session.close();
    });

    it('drop after hello: the requests that wait are told', async () => {
      router.setFault({ kind: 'drop', after: 'hello' });
      const session = await open();
      await failure(session.rpc('<get/>'), 'NETCONF_UNREACHABLE', /closed|reset/);
      await session.close();
    });
  });

  describe('when the caller gives up', () => {
    it('before the start: nothing is tried', async () => {
      const connections = router.sessions.connections;
      await failure(open(AMPLE_MS, AbortSignal.abort()), 'NETCONF_UNREACHABLE', /cancelled/);
      assert.equal(router.sessions.connections, connections);
    });

    it('while it hangs', async () => {
      router.setFault({ kind: 'hang', after: 'connect' });
      const controller = new AbortController();
      const opening = failure(open(AMPLE_MS, controller.signal), 'NETCONF_UNREACHABLE', /cancelled/);
      await until(() => router.sessions.open === 1);
      controller.abort();
      await opening;
    });

    it('in an open session', async () => {
      const controller = new AbortController();
      const session = await open(AMPLE_MS, controller.signal);
      controller.abort();
      await failure(session.rpc('<get/>'), 'NETCONF_UNREACHABLE', /cancelled/);
    });
  });
});
