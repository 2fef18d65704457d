import { type KamadoError, kamadoError, type Log, limits, type Runtime } from '../../kernel/index.ts';
import type { StackEngine } from '../stack/index.ts';
import { type AccessSource, openAccess } from './access.ts';
import type { Cloud } from './cloud.ts';
import { Heat } from './heat.ts';
import type { HttpSend } from './http.ts';
import { keystoneAccess } from './keystone.ts';
import { manyListened, within } from './within.ts';

/** The parts of an engine. */
export interface OpenStackOptions {
  readonly runtime: Runtime;
  readonly log: Log;
  /** The sender, which is closed with the engine. */
  readonly send: HttpSend;
  readonly cloud: Cloud;
}

/**
 * Opens an engine for stacks on an OpenStack: Heat's API v1, with tokens of Keystone v3 for the project of each tenant,
 * or without Keystone. Every call ends within `limits.stackRequestTimeoutMs`, however many requests it takes.
 */
export function openStackEngine(options: OpenStackOptions): StackEngine {
  const { runtime, send, cloud } = options;
  const heat = new Heat(send, accessTo(options));
  const closing = manyListened();
  const call = <Result>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> =>
    within(
      runtime,
      limits.stackRequestTimeoutMs,
      [signal, closing.signal],
      (reason) => unavailable(cloud, reason),
      work,
    );
  return {
    marksForeignText: true,
    create: (request, signal) => call(signal, (inner) => heat.create(request, inner)),
    update: (request, signal) => call(signal, (inner) => heat.update(request, inner)),
    delete: (ref, signal) => call(signal, (inner) => heat.delete(ref, inner)),
    show: (ref, signal) => call(signal, (inner) => heat.show(ref, inner)),
    statuses: (project, names, signal) => call(signal, (inner) => heat.statuses(project, names, inner)),
    events: (ref, signal) => call(signal, (inner) => heat.events(ref, inner)),
    close: async () => {
      closing.abort();
      heat.close();
      send.close?.();
    },
  };
}

function accessTo({ runtime, log, send, cloud }: OpenStackOptions): AccessSource {
  return cloud.kind === 'none' ? openAccess(cloud.endpoint) : keystoneAccess({ runtime, log, send, cloud });
}

function unavailable(cloud: Cloud, reason: string): KamadoError {
  const endpoint = cloud.kind === 'none' ? cloud.endpoint : cloud.authUrl;
  return kamadoError('STACK_UNAVAILABLE', { service: 'OpenStack', endpoint, reason });
}
