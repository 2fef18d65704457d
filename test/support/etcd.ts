import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, listens, onPath } from './programs.ts';

/** A real etcd of a test's own, on loopback, with its data in a temporary folder. */
export interface TestEtcd {
  /** 'http://127.0.0.1:port', or https with certificates. */
  readonly endpoint: string;
  /** Ends it and removes its data. */
  readonly stop: () => Promise<void>;
  /** SIGKILL; the data stays. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same data and port. */
  readonly restart: () => Promise<void>;
  /** Keeps a copy of its data as they are now. SIGKILL, and a start again: a copy of a running one may be torn. */
  readonly save: () => Promise<void>;
  /** SIGKILL, the copy that was saved last in place of the data, and a start again. */
  readonly goBack: () => Promise<void>;
}

export interface TestEtcdOptions {
  /** Files of a certificate for 127.0.0.1. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** More of etcd's own options. */
  readonly args?: readonly string[];
}

const START_MS = 20_000;

/** Whether tests can have an etcd: the program is on PATH, or KAMADO_TEST_ETCD names a server. */
export function etcdAvailable(): boolean {
  return process.env.KAMADO_TEST_ETCD !== undefined || onPath('etcd');
}

/** Whether tests can start an etcd of their own. */
export function etcdStartable(): boolean {
  return onPath('etcd');
}

/** Starts an etcd on free ports. The caller stops it. */
export async function startEtcd({ tls, args = [] }: TestEtcdOptions = {}): Promise<TestEtcd> {
  const folder = await mkdtemp(join(tmpdir(), 'kamado-etcd-'));
  const scheme = tls === undefined ? 'http' : 'https';
  const endpoint = `${scheme}://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const command = [
    ...['--name', 'test', '--data-dir', folder, '--logger', 'zap', '--log-level', 'error'],
    ...['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `test=${peer}`],
    ...(tls === undefined ? [] : ['--cert-file', tls.certFile, '--key-file', tls.keyFile]),
    ...args,
  ];
  let server = await run(command, endpoint);
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  };
  const restart = async () => {
    await end('SIGKILL');
    server = await run(command, endpoint);
  };
  const saved = `${folder}-saved`;
  const copy = async (from: string, to: string) => {
    await end('SIGKILL');
    await rm(to, { recursive: true, force: true });
    await cp(from, to, { recursive: true });
    await restart();
  };
  return {
    endpoint,
    kill: () => end('SIGKILL'),
    restart,
    save: () => copy(folder, saved),
    goBack: () => copy(saved, folder),
    stop: async () => {
      await end('SIGKILL');
      for (const data of [folder, saved]) await rm(data, { recursive: true, force: true });
    },
  };
}

async function run(command: readonly string[], endpoint: string): Promise<ChildProcess> {
  const server = spawn('etcd', command, { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  server.stderr.on('data', (chunk: Buffer) => {
    output = `${output}${chunk}`.slice(-4_000);
  });
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline) {
    if (server.exitCode !== null) break;
    if (await listens(Number(new URL(endpoint).port))) return server;
    await pause(20);
  }
  server.kill('SIGKILL');
  throw new Error(`etcd did not start: ${output}`);
}
