import { readCloud } from '../../src/app/cloud-files.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { nodeSend } from '../../src/southbound/heat/http.ts';
import { openStackEngine } from '../../src/southbound/heat/openstack-engine.ts';
import type { Stack, StackEngine, StackEvent } from '../../src/southbound/stack/stack.ts';

/** The type of the test's catalogue. */
export const CRATES = '/v2.0/crates';

/** What OS_* name a Heat without Keystone. */
export function environmentOf(endpoint: string): { readonly [name: string]: string } {
  return { OS_AUTH_TYPE: 'none', OS_ENDPOINT: endpoint };
}

/** What an engine holds, looked at from outside of Kamado. */
export interface StackLook {
  readonly engine: StackEngine;
  readonly stack: (id: string) => Promise<Stack | null>;
  readonly events: (id: string) => Promise<readonly StackEvent[]>;
}

export async function lookAt(environment: { readonly [name: string]: string }, project: string): Promise<StackLook> {
  const cloud = await readCloud(environment);
  if (cloud === null) throw new Error('no cloud is named');
  const engine = openStackEngine({ runtime: systemRuntime, log: silentLog, cloud, send: nodeSend() });
  const never = new AbortController().signal;
  const ref = (id: string) => ({ project, name: `crate_${id}` });
  return {
    engine,
    stack: (id) => engine.show(ref(id), never),
    events: (id) => engine.events(ref(id), never),
  };
}
