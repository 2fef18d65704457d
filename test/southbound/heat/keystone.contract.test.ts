import assert from 'node:assert/strict';
import { systemRuntime } from '../../../src/app/process/system-runtime.ts';
import { silentLog } from '../../../src/kernel/log.ts';
import { Secret } from '../../../src/kernel/secret.ts';
import { type HttpRequest, nodeSend } from '../../../src/southbound/heat/http.ts';
import { openStackEngine } from '../../../src/southbound/heat/openstack-engine.ts';
import { keystoneAvailable, startOpenStack } from '../../support/openstack.ts';
import { needs } from '../../support/services.ts';
import { stackContract } from '../stack/contract.ts';

/** Sends requests, and revokes the tokens that came back. */
function revoking(authUrl: string) {
  const inner = nodeSend();
  const tokens = new Set<string>();
  const send = async (request: HttpRequest) => {
    const answer = await inner(request);
    const token = answer.headers['x-subject-token'];
    if (token !== undefined) tokens.add(token);
    return answer;
  };
  const revokeAll = async () => {
    for (const token of tokens) {
      const headers = { 'x-auth-token': token, 'x-subject-token': token };
      const { status } = await fetch(`${authUrl}/auth/tokens`, { method: 'DELETE', headers });
      assert.equal(status, 204);
      tokens.delete(token);
    }
  };
  return { send: Object.assign(send, { close: () => inner.close?.() }), revokeAll };
}

stackContract({
  name: 'Heat with Keystone',
  hasTokens: true,
  isMortal: false,
  ...needs('keystone', keystoneAvailable()),
  start: async () => {
    const cloud = await startOpenStack();
    const { send, revokeAll } = revoking(cloud.authUrl);
    const engine = openStackEngine({
      runtime: systemRuntime,
      log: silentLog,
      send,
      cloud: {
        kind: 'password',
        authUrl: cloud.authUrl,
        region: cloud.region,
        interface: 'public',
        user: { id: cloud.user.id },
        password: new Secret(cloud.user.password),
      },
    });
    return {
      engine,
      project: cloud.projects.first,
      otherProject: cloud.projects.second,
      kill: cloud.heat.kill,
      restart: cloud.heat.restart,
      expireTokens: revokeAll,
      close: async () => {
        await engine.close();
        await cloud.stop();
      },
    };
  },
});
