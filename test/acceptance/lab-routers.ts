import type { Fault } from '../../lab/fault.ts';
import { generateHostKey } from '../../lab/host-keys.ts';
import { type Router, startRouter } from '../../lab/router.ts';
import type { JsonObject } from '../../src/kernel/json.ts';

/** Simulated routers on loopback addresses of their own. */
export interface LabRouters {
  readonly routers: readonly Router[];
  /** What a client says of each of them when it creates it. */
  readonly fields: readonly JsonObject[];
  readonly close: () => Promise<void>;
}

export const LOGIN = 'operator';
/** A value that would break YAML, shells and URLs alike, and is easily recognized. */
export const PASSWORD = 's3cr3t-Zq9: {"%s"} #/?@';

/** Starts `count` routers at 127.0.0.2 and up. The caller closes them. */
export async function startLabRouters(count: number, fault: Fault = { kind: 'none' }): Promise<LabRouters> {
  const routers = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      startRouter({
        name: `router-${i + 1}`,
        host: `127.0.0.${i + 2}`,
        port: 0,
        login: LOGIN,
        password: PASSWORD,
        hostKeyPem: generateHostKey(),
        fault,
      }),
    ),
  );
  return {
    routers,
    fields: routers.map((router) => ({
      name: router.name,
      ip: router.address,
      ssh_port: router.port,
      login: LOGIN,
      password: PASSWORD,
    })),
    close: async () => {
      await Promise.all(routers.map((router) => router.close()));
    },
  };
}
