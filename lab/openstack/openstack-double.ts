import type { Runtime } from '../../src/kernel/index.ts';
import type { Answer, ServiceRequest } from './answer.ts';
import { type DoubleServer, startServer } from './double-server.ts';
import { type HeatDelays, HeatEngine } from './heat.ts';
import { heatAnswer, versionsAnswer } from './heat-api.ts';
import { Keystone, type KeystoneOptions } from './keystone.ts';
import { type FaultScope, kindOf, type RequestKind, type ServiceFault, ServiceFaults } from './service-fault.ts';

/** The options of a simulated OpenStack. */
export interface OpenStackOptions {
  readonly runtime: Runtime;
  /** Absent: Heat without Keystone, where a header names the project and every caller is an administrator. */
  readonly keystone?: KeystoneOptions;
  /** Default: 0, which lets the system choose. */
  readonly port?: number;
  readonly delays?: Partial<HeatDelays>;
  /** false: Heat with `convergence_engine = false`, which fails the stacks in progress when it starts again. */
  readonly isConvergent?: boolean;
  /** Called with each request before it is executed. The request waits until it resolves. */
  readonly onRequest?: (kind: RequestKind) => Promise<void> | void;
  /** The same after the execution, before the answer. */
  readonly onAnswer?: (kind: RequestKind) => Promise<void> | void;
}

/** Requests since the double started. */
export interface RequestCounts {
  readonly total: number;
  readonly byMethod: ReadonlyMap<string, number>;
  readonly byKind: ReadonlyMap<RequestKind, number>;
}

/** The internal state of a stack, for tests. */
export interface StackInside {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  /** 'CREATE_COMPLETE' */
  readonly status: string;
  readonly tags: readonly string[];
}

/** A running simulated OpenStack: Heat, and Keystone if requested, on one port of loopback. */
export interface OpenStackDouble {
  /** The URL of Heat, without the project: 'http://127.0.0.1:8004/v1'. */
  readonly endpoint: string;
  /** OS_* for clients. */
  readonly environment: { readonly [name: string]: string };
  /** OS_* for clients with a new application credential of a project. Only with Keystone. */
  readonly applicationCredential: (project: string) => { readonly [name: string]: string };
  /** The current counts. */
  readonly requests: RequestCounts;
  /** The existing stacks, without nested ones, the oldest first. */
  readonly stacks: () => readonly StackInside[];
  /** Makes the next requests fail. */
  readonly fail: (fault: ServiceFault, scope?: FaultScope) => void;
  /** Removes all pending faults. */
  readonly heal: () => void;
  /** Revokes every token of Keystone. */
  readonly expireTokens: () => void;
  /** The process dies: connections are reset, and work on stacks stops. The stacks are kept. */
  readonly kill: () => Promise<void>;
  /** Starts it again, on the same port. Stacks in progress stay so until a client updates or deletes them. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const HOST = '127.0.0.1';
const DELAYS: HeatDelays = { acceptMs: 20, tagsMs: 5, resourceMs: 5 };

/** Starts a simulated OpenStack. Throws PORT_IN_USE and ADDRESS_UNUSABLE. */
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

/** Answers a request. Heat asks Keystone for the owner of a token. Without Keystone it trusts the headers. */
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
