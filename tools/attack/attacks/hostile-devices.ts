import { setTimeout as pause } from 'node:timers/promises';
import type { Attack, Size, Stage } from '../attack.ts';
import { onlyCatalog } from '../catalogs.ts';
import { Client } from '../client.ts';
import { type HostileDevice, startHostileDevice } from '../hostile/device.ts';
import { deviceManners } from '../hostile/device-manners.ts';

/** The number of devices of each manner. */
const DEVICES: { readonly [size in Size]: number } = { small: 1, whole: 4 };
const PATIENCE_MS = 60_000;
const LOOK_MS = 100;
const EDGE_ROUTERS = '/v2.0/edge_routers';

/** Devices that answer NETCONF with large, deep or endless content. */
export const hostileDevices: Attack = {
  name: 'hostile-devices',
  about: 'devices that answer with large, deep or endless content',
  prepare: () => onlyCatalog('devices'),
  run: async (stage) => {
    const devices: HostileDevice[] = [];
    const client = new Client(stage.target.port);
    try {
      const manners = Object.values(deviceManners).flatMap((manner) =>
        Array.from({ length: DEVICES[stage.size] }, () => manner),
      );
      for (const [i, manner] of manners.entries()) devices.push(await startHostileDevice(`127.0.18.${i + 1}`, manner));
      await Promise.all(devices.map((device) => createRouter(stage, client, device)));
      await untilDecided(stage, client);
      const channels = devices.reduce((sum, device) => sum + device.channels(), 0);
      stage.findings.count('channels', channels);
      if (channels < devices.length) stage.findings.violate('a device that was never asked', `${channels} channels`);
    } finally {
      client.close();
      await Promise.all(devices.map((device) => device.close()));
    }
  },
};

async function createRouter({ findings }: Stage, client: Client, { host, port }: HostileDevice): Promise<void> {
  const router = { ip: host, ssh_port: port, login: 'kamado', password: 'kamado' };
  const { status, text } = await client.json('POST', EDGE_ROUTERS, { edge_router: router });
  findings.count('devices');
  if (status !== 201) findings.violate('a device that can not be created', `${status} ${text}`);
}

/** Waits until each router is ACTIVE or ERROR: no wait may be endless. */
async function untilDecided({ target, findings }: Stage, client: Client): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (target.ended() === null) {
    const { text } = await client.send({ method: 'GET', path: EDGE_ROUTERS });
    const shown: { readonly edge_routers: readonly { readonly status: string }[] } = JSON.parse(text);
    const statuses = shown.edge_routers.map(({ status }) => status);
    const waiting = statuses.filter((status) => status !== 'ACTIVE' && status !== 'ERROR').length;
    if (waiting > 0 && performance.now() < endMs) {
      await pause(LOOK_MS);
      continue;
    }
    for (const status of statuses) findings.count(`became ${status}`);
    if (waiting > 0) findings.violate('a device that is waited for without an end', `${waiting}`);
    return;
  }
}
