import type { KeystoneOptions } from '../../../lab/openstack/keystone.ts';
import { startOpenStackDouble } from '../../../lab/openstack/openstack-double.ts';
import { readCloud } from '../../../src/app/cloud-files.ts';
import { systemRuntime } from '../../../src/app/process/system-runtime.ts';
import { silentLog } from '../../../src/kernel/log.ts';
import { nodeSend } from '../../../src/southbound/heat/http.ts';
import { openStackEngine } from '../../../src/southbound/heat/openstack-engine.ts';
import { type ContractSubject, stackContract } from './contract.ts';

interface Variant {
  readonly name: string;
  readonly keystone?: KeystoneOptions;
  readonly isConvergent?: boolean;
}

async function subjectOn({ keystone, isConvergent = true }: Variant): Promise<ContractSubject> {
  const double = await startOpenStackDouble({
    runtime: systemRuntime,
    isConvergent,
    ...(keystone !== undefined && { keystone }),
  });
  const cloud = await readCloud(double.environment);
  if (cloud === null) throw new Error('the double names no cloud');
  const engine = openStackEngine({ runtime: systemRuntime, log: silentLog, send: nodeSend(), cloud });
  return {
    engine,
    project: 'one',
    otherProject: 'two',
    kill: double.kill,
    restart: double.restart,
    ...(keystone !== undefined && { expireTokens: async () => double.expireTokens() }),
    close: async () => {
      await engine.close();
      await double.close();
    },
  };
}

const variants: readonly Variant[] = [
  { name: 'the double without Keystone' },
  { name: 'the double without convergence', isConvergent: false },
  { name: 'the double with Keystone', keystone: {} },
  { name: 'the double with Keystone, as administrator', keystone: { roles: ['admin'] } },
];

for (const variant of variants) {
  const hasTokens = variant.keystone !== undefined;
  stackContract({ name: variant.name, hasTokens, start: () => subjectOn(variant) });
}
