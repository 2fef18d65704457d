import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, chownSync, constants, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { freePort, onPath } from './programs.ts';

/** A PostgreSQL server that tests may use. */
export interface TestPostgres {
  /** Of its maintenance database. */
  readonly url: string;
  /** Creates an empty database and gives its url. */
  readonly createDatabase: () => Promise<string>;
  /** Ends it and removes its data; of a server that was named, removes the databases made here. */
  readonly stop: () => Promise<void>;
  /** Ends it as a power loss would; the data stays. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same data and port. */
  readonly restart: () => Promise<void>;
}

const START_MS = 30_000;
const NAMED = process.env.KAMADO_TEST_POSTGRES;
const FIRST_WITH_ICU_DATABASES = 150_000;
const PROGRAMS = '/usr/lib/postgresql';

/** Whether tests can have a PostgreSQL: its programs are installed, or KAMADO_TEST_POSTGRES names a server. */
export function postgresAvailable(): boolean {
  return NAMED !== undefined || postgresStartable();
}

/** Whether tests can start a PostgreSQL of their own. */
export function postgresStartable(): boolean {
  return programsFolder() !== null;
}

/** The server that KAMADO_TEST_POSTGRES names, else one of the test's own. The caller stops it. */
export async function startPostgres(): Promise<TestPostgres> {
  return NAMED === undefined ? await startOwnPostgres() : namedPostgres(NAMED);
}

/** Starts a server on a free port, with its data in a temporary folder and everything on the disk before a commit. */
export async function startOwnPostgres(): Promise<TestPostgres> {
  const programs = programsFolder();
  if (programs === null) throw new Error('PostgreSQL is not installed here');
  const folder = await mkdtemp(join(tmpdir(), 'kamado-postgres-'));
  const account = ownAccount();
  ownFolder(folder);
  const options = { ...account, cwd: folder };
  const data = join(folder, 'data');
  const port = await freePort();
  const url = `postgres://kamado@127.0.0.1:${port}/postgres`;
  const initdb = ['-D', data, '-U', 'kamado', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '-N'];
  await finished(spawn(join(programs, 'initdb'), initdb, { ...options, stdio: ['ignore', 'ignore', 'pipe'] }));
  const settings = ['fsync=on', 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, `port=${port}`];
  const run = async (): Promise<ChildProcess> => {
    const command = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
    const server = spawn(join(programs, 'postgres'), command, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    await answers(server, url);
    return server;
  };
  let server = await run();
  // SIGQUIT ends the whole server at once, without a checkpoint: what SIGKILL of one process can't.
  const kill = () => end(server, 'SIGQUIT');
  return {
    url,
    createDatabase: () => createDatabase(url),
    kill,
    restart: async () => {
      await kill();
      server = await run();
    },
    stop: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function namedPostgres(url: string): TestPostgres {
  const made: string[] = [];
  const refuse = () => Promise.reject(new Error('a server that was named is not ended by tests'));
  return {
    url,
    createDatabase: async () => {
      const database = await createDatabase(url);
      made.push(database);
      return database;
    },
    kill: refuse,
    restart: refuse,
    stop: async () => {
      for (const database of made) {
        await query(url, `DROP DATABASE IF EXISTS ${new URL(database).pathname.slice(1)} WITH (FORCE)`);
      }
    },
  };
}

async function createDatabase(url: string): Promise<string> {
  const name = `kamado_test_${randomBytes(6).toString('hex')}`;
  const version = Number(await query(url, 'SHOW server_version_num'));
  // Where it is possible, texts sort as in English by default: what relies on the order of code points has to say so.
  const locale = version >= FIRST_WITH_ICU_DATABASES ? "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'" : '';
  await query(url, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' ${locale}`);
  const database = new URL(url);
  database.pathname = `/${name}`;
  return database.href;
}

/** Runs one statement; gives the first value of its first row, as text. */
async function query(url: string, text: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query({ text, rowMode: 'array' });
    return String(rows[0]?.[0]);
  } finally {
    await client.end();
  }
}

/** Gives a folder to the account that the server runs as. */
export function ownFolder(folder: string): void {
  const account = ownAccount();
  if (account !== null) chownSync(folder, account.uid, account.gid);
}

/** PostgreSQL refuses to run as root: then it runs as the user that its package made. */
function ownAccount(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('postgres:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) throw new Error('as root, PostgreSQL needs a user postgres');
  return { uid: Number(uid), gid: Number(gid) };
}

/** The folder of initdb and postgres: of PATH, else the newest version that Debian's packages put aside. */
function programsFolder(): string | null {
  if (onPath('initdb') && onPath('postgres')) return '';
  const folders = versions().map((version) => join(PROGRAMS, version, 'bin'));
  return folders.find((folder) => isExecutable(join(folder, 'initdb'))) ?? null;
}

function versions(): readonly string[] {
  try {
    return readdirSync(PROGRAMS).sort((a, b) => Number(b) - Number(a));
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function finished(program: ChildProcess): Promise<void> {
  const output = lastOutput(program);
  const [code] = await once(program, 'close');
  if (code !== 0) throw new Error(`initdb failed: ${output()}`);
}

async function answers(server: ChildProcess, url: string): Promise<void> {
  const output = lastOutput(server);
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline && server.exitCode === null) {
    try {
      await query(url, 'SELECT 1');
      return;
    } catch {
      await pause(20);
    }
  }
  server.kill('SIGQUIT');
  throw new Error(`PostgreSQL did not start: ${output()}`);
}

function lastOutput(program: ChildProcess): () => string {
  let output = '';
  program.stderr?.on('data', (chunk: Buffer) => {
    output = `${output}${chunk}`.slice(-4_000);
  });
  return () => output;
}

async function end(server: ChildProcess, signal: 'SIGQUIT'): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill(signal);
  await ended;
}
