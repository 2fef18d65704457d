import { systemRuntime } from '../../../src/app/process/system-runtime.ts';
import { silentLog } from '../../../src/kernel/log.ts';
import type { Cloud } from '../../../src/southbound/heat/cloud.ts';
import { nodeSend } from '../../../src/southbound/heat/http.ts';
import { openStackEngine } from '../../../src/southbound/heat/openstack-engine.ts';
import { heatAvailable, startHeat } from '../../support/openstack.ts';
import { needs } from '../../support/services.ts';
import { stackContract } from '../stack/contract.ts';

stackContract({
  name: 'Heat without Keystone',
  hasTokens: false,
  ...needs('heat', heatAvailable()),
  start: async () => {
    const heat = await startHeat();
    const cloud: Cloud = { kind: 'none', endpoint: heat.endpoint };
    const engine = openStackEngine({ runtime: systemRuntime, log: silentLog, send: nodeSend(), cloud });
    const close = async () => {
      await engine.close();
      await heat.stop();
    };
    return { engine, project: 'one', otherProject: 'two', kill: heat.kill, restart: heat.restart, close };
  },
});
