import type { Runtime } from '../../src/kernel/index.ts';
import type { Answer, ServiceRequest } from './answer.ts';
import { type DoubleServer, startServer } from './double-server.ts';
import { type HeatDelays, HeatEngine } from './heat.ts';
import { heatAnswer, versionsAnswer } from './heat-api.ts';
import { Keystone, type KeystoneOptions } from './keystone.ts';
import { type FaultScope, kindOf, type RequestKind, type ServiceFault, ServiceFaults } from './service-fault.ts';

/** What can be asked of a simulated OpenStack. */
export interface OpenStackOptions {
  readonly runtime: Runtime;
  /** Heat without Keystone where absent: a header says which project is meant, and everybody is an administrator. */
  readonly keystone?: KeystoneOptions;
  /** 0, which lets the system choose, where absent. */
  readonly port?: number;
  readonly delays?: Partial<HeatDelays>;
  /** False: Heat with `convergence_engine = false`, which fails what was in progress when it starts again. */
  readonly isConvergent?: boolean;
  /** Hears of each request before anything is done for it; the request waits until it resolves. */
  readonly onRequest?: (kind: RequestKind) => Promise<void> | void;
  /** The same after it was done, before it is answered. */
  readonly onAnswer?: (kind: RequestKind) => Promise<void> | void;
}

/** Requests since the double started. */
export interface RequestCounts {
  readonly total: number;
  readonly byMethod: ReadonlyMap<string, number>;
  readonly byKind: ReadonlyMap<RequestKind, number>;
}

/** A stack of the double, for those who look behind it. */
export interface StackInside {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  /** 'CREATE_COMPLETE' */
  readonly status: string;
  readonly tags: readonly string[];
}

/** A running simulated OpenStack: Heat, and Keystone where it is asked for, on one port of loopback. */
export interface OpenStackDouble {
  /** Of Heat, without the project: 'http://127.0.0.1:8004/v1'. */
  readonly endpoint: string;
  /** OS_* for clients. */
  readonly environment: { readonly [name: string]: string };
  /** OS_* for clients with a new application credential of a project. Only where Keystone is. */
  readonly applicationCredential: (project: string) => { readonly [name: string]: string };
  /** The counts of this moment. */
  readonly requests: RequestCounts;
  /** The stacks that are there now, without nested ones, the oldest first. */
  readonly stacks: () => readonly StackInside[];
  /** Makes the next requests fail. */
  readonly fail: (fault: ServiceFault, scope?: FaultScope) => void;
  /** Those that were to fail don't any more. */
  readonly heal: () => void;
  /** Every token that Keystone gave is no longer good. */
  readonly expireTokens: () => void;
  /** The process dies: connections are reset, and work on stacks stops where it is. The stacks are kept. */
  readonly kill: () => Promise<void>;
  /** It is there again, on the same port. What was in progress stays so until somebody updates or deletes it. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const HOST = '127.0.0.1';
const DELAYS: HeatDelays = { acceptMs: 20, tagsMs: 5, resourceMs: 5 };

/** Starts one. Throws PORT_IN_USE and ADDRESS_UNUSABLE. */
export async function startOpenStackDouble(options: OpenStackOptions): Promise<OpenStackDouble> {
  const { runtime } = options;
  const keystone = options.keystone === undefined ? null : new Keystone(runtime, options.keystone);
  const engine = new HeatEngine({
    runtime,
    delays: { ...DELAYS, ...options.delays },
    isConvergent: options.isConvergent ?? true,
  });
  const faults = new ServiceFaults();
  const counts = { total: 0, byMethod: new Map<string, number>(), byKind: new Map<RequestKind, number>() };
  const listen = (port: number): Promise<DoubleServer> =>
    startServer(HOST, port, {
      begin: async (method, path) => {
        const kind = kindOf(method, path);
        counts.total += 1;
        count(counts.byMethod, method);
        count(counts.byKind, kind);
        await options.onRequest?.(kind);
        return faults.take(kind);
      },
      answer: async (request) => {
        const answer = answerOf(engine, keystone, request);
        await options.onAnswer?.(kindOf(request.method, request.path));
        return answer;
      },
    });
  let server: DoubleServer | null = await listen(options.port ?? 0);
  const { port } = server;
  const origin = `http://${HOST}:${port}`;
  const kill = async () => {
    engine.kill();
    const killed = server;
    server = null;
    await killed?.close();
  };
  return {
    endpoint: `${origin}/v1`,
    environment: keystone?.environment(origin) ?? { OS_AUTH_TYPE: 'none', OS_ENDPOINT: `${origin}/v1` },
    applicationCredential: (project) => {
      if (keystone === null) throw new Error('there is no Keystone');
      return keystone.applicationCredential(origin, project);
    },
    get requests() {
      return { total: counts.total, byMethod: new Map(counts.byMethod), byKind: new Map(counts.byKind) };
    },
    stacks: () =>
      engine
        .stacks()
        .filter(({ identity }) => identity.parent === null)
        .map(({ id, identity, action, status, tags }) => ({
          ...{ id, project: identity.project, name: identity.name },
          ...{ status: `${action}_${status}`, tags },
        })),
    fail: (fault, scope = {}) => faults.add(fault, scope),
    heal: () => faults.clear(),
    expireTokens: () => keystone?.revokeTokens(),
    kill,
    restart: async () => {
      if (server !== null) await kill();
      engine.restart();
      server = await listen(port);
    },
    close: kill,
  };
}

/** Heat asks Keystone whose a token is; without one it believes the headers. */
function answerOf(engine: HeatEngine, keystone: Keystone | null, request: ServiceRequest): Answer {
  const [first] = request.path;
  if (first === 'identity' && keystone !== null) return keystone.answer(request);
  if (first !== 'v1') return versionsAnswer(request);
  if (keystone === null) {
    const { 'x-auth-project': project = 'admin', 'x-auth-user': user = 'admin' } = request.headers;
    return heatAnswer(engine, { project, user, isAdmin: true }, request);
  }
  const owner = keystone.ownerOf(request.headers['x-auth-token']);
  return owner === null ? keystone.refusal(request.origin) : heatAnswer(engine, owner, request);
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
