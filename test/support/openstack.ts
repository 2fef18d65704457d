import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type HeatLogin, heatConfig, keystoneConfig } from './openstack-config.ts';
import { runProgram, type ServiceProcess, startService } from './openstack-process.ts';
import { fillKeystone, type KeystoneContents } from './openstack-setup.ts';
import { postgresAvailable, startPostgres } from './postgres.ts';
import { freePort, onPath } from './programs.ts';

/** A real Heat of a test's own, on loopback, on a PostgreSQL. */
export interface TestHeat extends ServiceProcess {
  /** 'http://127.0.0.1:port/v1'. */
  readonly endpoint: string;
  /** Ends everything that was started, and removes its data. */
  readonly stop: () => Promise<void>;
}

/** A real Keystone, and a Heat that asks it. */
export interface TestOpenStack extends KeystoneContents {
  /** 'http://127.0.0.1:port/v3'. */
  readonly authUrl: string;
  readonly region: string;
  readonly heat: ServiceProcess;
  readonly keystone: ServiceProcess;
  /** Ends everything that was started, and removes its data. */
  readonly stop: () => Promise<void>;
}

const ADMIN_PASSWORD = 'admin-password';
const REGION = 'RegionOne';

/** Whether tests can start a Heat without Keystone. */
export function heatAvailable(): boolean {
  return onPath('heat-all') && onPath('heat-manage') && postgresAvailable();
}

/** Whether tests can start a Heat with Keystone. */
export function keystoneAvailable(): boolean {
  return heatAvailable() && onPath('keystone-manage') && onPath('uwsgi');
}

/** Starts a Heat that believes everybody (`flavor = noauth`). The caller stops it. */
export async function startHeat(): Promise<TestHeat> {
  const ground = await startGround();
  try {
    const port = await freePort();
    const heat = await startHeatOn(ground, port, null);
    const stop = async () => {
      await heat.kill();
      await ground.stop();
    };
    return { ...heat, endpoint: `http://127.0.0.1:${port}/v1`, stop };
  } catch (error) {
    await ground.stop();
    throw error;
  }
}

/** Starts Keystone and Heat. The caller stops them. `tokenSeconds`: how long a token lives. */
export async function startOpenStack({ tokenSeconds = 3_600 } = {}): Promise<TestOpenStack> {
  const ground = await startGround();
  const started: ServiceProcess[] = [];
  const stop = async () => {
    for (const service of started) await service.kill();
    await ground.stop();
  };
  try {
    const [keystonePort, heatPort] = [await freePort(), await freePort()];
    const authUrl = `http://127.0.0.1:${keystonePort}/v3`;
    const keystone = await startKeystoneOn(ground, keystonePort, authUrl, tokenSeconds);
    started.push(keystone);
    const heatUrl = `http://127.0.0.1:${heatPort}/v1/%(tenant_id)s`;
    const { login, ...contents } = await fillKeystone(authUrl, ADMIN_PASSWORD, heatUrl, REGION);
    const heat = await startHeatOn(ground, heatPort, login);
    started.push(heat);
    return { ...contents, authUrl, region: REGION, heat, keystone, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What services stand on: a folder of theirs, and databases. */
interface Ground {
  readonly folder: string;
  /** Creates an empty database, and gives its url as SQLAlchemy writes it. */
  readonly createDatabase: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

async function startGround(): Promise<Ground> {
  const postgres = await startPostgres();
  const folder = await mkdtemp(join(tmpdir(), 'kamado-openstack-'));
  return {
    folder,
    createDatabase: async () => (await postgres.createDatabase()).replace(/^postgres(?:ql)?:/, 'postgresql+psycopg2:'),
    stop: async () => {
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startHeatOn(ground: Ground, port: number, login: HeatLogin | null): Promise<ServiceProcess> {
  const file = join(ground.folder, 'heat.conf');
  await writeFile(file, heatConfig({ port, database: await ground.createDatabase(), login, region: REGION }));
  await runProgram('heat-manage', ['--config-file', file, 'db_sync']);
  return await startService({ program: 'heat-all', args: ['--config-file', file], port });
}

async function startKeystoneOn(ground: Ground, port: number, url: string, tokenSeconds: number) {
  const { folder } = ground;
  const file = join(folder, 'keystone.conf');
  await writeFile(file, keystoneConfig({ folder, database: await ground.createDatabase(), tokenSeconds }));
  const manage = (...args: readonly string[]) => runProgram('keystone-manage', ['--config-file', file, ...args]);
  await manage('db_sync');
  const { uid, username } = userInfo();
  // Only root may give the keys to somebody else.
  const owner = uid === 0 ? ['--keystone-user', username, '--keystone-group', username] : [];
  await manage('fernet_setup', ...owner);
  await manage('credential_setup', ...owner);
  const urls = ['public', 'internal', 'admin'].flatMap((side) => [`--bootstrap-${side}-url`, url]);
  const region = ['--bootstrap-service-name', 'keystone', '--bootstrap-region-id', REGION];
  await manage('bootstrap', '--bootstrap-password', ADMIN_PASSWORD, ...region, ...urls);
  return await startService({
    program: 'uwsgi',
    args: [
      ...['--http-socket', `127.0.0.1:${port}`, '--plugin', 'python3', '--wsgi-file', '/usr/bin/keystone-wsgi-public'],
      ...['--processes', '1', '--threads', '4', '--enable-threads', '--master', '--die-on-term', '--need-app'],
      // It closes kept connections without a word, which Heat doesn't bear.
      ...['--buffer-size', '65535', '--add-header', 'Connection: close'],
    ],
    port,
    environment: { OS_KEYSTONE_CONFIG_DIR: `${folder}/`, OS_KEYSTONE_CONFIG_FILES: 'keystone.conf' },
  });
}
