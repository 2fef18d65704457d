import { isKamadoError, kamadoError, limits, MASK, Secret, sleep } from '../../kernel/index.ts';
import { type Job, resourceKey } from '../../records/index.ts';
import { type NetconfTarget, openNetconf } from '../../southbound/netconf/index.ts';
import { oneKey } from '../../store/index.ts';
import type { JobTools } from '../handler.ts';
import { ACTIVE, type Check, integerProperty, type Plugin, type Shown, textProperty, timeoutMsOf } from './plugin.ts';

/** The port of NETCONF over SSH (RFC 6242 §3). */
const usualPort: Shown<number> = { value: 830, shown: 830 };

/**
 * Checks whether a device answers NETCONF over SSH: opens a session, exchanges hellos, closes it. A device that can't
 * be reached is tried again until the time is up. A device that refuses the login, presents another host key than
 * before, or speaks another protocol fails at once. The host key is pinned for the resource on the first connection.
 */
export const netconfCheck: Plugin = {
  type: 'netconf',
  check: async (check) => {
    const host = textProperty(check, 'ip');
    const port = check.properties.port === undefined ? usualPort : integerProperty(check, 'port', 1, 65_535);
    const isSecret = host.shown instanceof Secret || port.shown instanceof Secret;
    const target: NetconfTarget = {
      host: host.value,
      port: port.value,
      login: textProperty(check, 'login').value,
      password: new Secret(textProperty(check, 'password').value),
      ...(isSecret && { shownAs: MASK }),
    };
    const timeoutMs = timeoutMsOf(check, 'timeout', limits.netconfTimeoutMs);
    const pauseMs = timeoutMsOf(check, 'time_between_retries', limits.netconfRetryMs);
    return await check.tools.releaseSlot(() => untilAnswered(check, target, timeoutMs, pauseMs));
  },
  forget: async (job, { store, model }) => {
    const key = hostKeyOf(job, model.types.get(job.resource_type)?.url ?? '');
    await store.transact({ success: [{ type: 'delete', range: oneKey(key) }] });
  },
};

async function untilAnswered(check: Check, target: NetconfTarget, timeoutMs: number, pauseMs: number): Promise<string> {
  const { runtime, signal, log } = check.tools;
  const endMs = runtime.monotonicMs() + timeoutMs;
  for (;;) {
    const leftMs = endMs - runtime.monotonicMs();
    try {
      await exchangeHello(check, target, Math.min(leftMs, limits.netconfAttemptTimeoutMs));
      return ACTIVE;
    } catch (error) {
      const again = isKamadoError(error, 'NETCONF_UNREACHABLE') && endMs - runtime.monotonicMs() > pauseMs;
      if (!again || signal.aborted) throw error;
      log.debug({ job: check.job.id, reason: error.message }, 'The device is tried again.');
    }
    await sleep(runtime, pauseMs, signal);
  }
}

async function exchangeHello({ job, tools }: Check, target: NetconfTarget, timeoutMs: number): Promise<void> {
  const { runtime, signal } = tools;
  const hostKey = { accept: (fingerprint: string) => isPinned(job, tools, fingerprint) };
  const session = await openNetconf(runtime, target, { hostKey, timeoutMs, signal });
  await session.close();
}

/** Whether the device presents the key that is pinned for the resource; the first key is pinned. */
async function isPinned(job: Job, { store, model }: JobTools, fingerprint: string): Promise<boolean> {
  const url = model.types.get(job.resource_type)?.url;
  if (url === undefined) throw kamadoError('TYPE_UNKNOWN', { type: job.resource_type });
  const key = hostKeyOf(job, url);
  const { succeeded, results } = await store.transact({
    compare: [{ key, target: 'createRevision', is: '=', value: 0 }],
    success: [{ type: 'put', key, value: fingerprint }],
    failure: [{ type: 'get', range: oneKey(key) }],
  });
  const [pinned] = results;
  return succeeded || (pinned?.type === 'get' && pinned.entries[0]?.value === fingerprint);
}

function hostKeyOf(job: Job, url: string): string {
  return resourceKey('hostKey', url, job.resource_id);
}
