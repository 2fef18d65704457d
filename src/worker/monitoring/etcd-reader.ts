import { ForeignText, kamadoError, limits, redactorOf } from '../../kernel/index.ts';
import { decodeConfig, decodeState, resourceKey } from '../../records/index.ts';
import type { ResourceType } from '../../schema/index.ts';
import { type OperationResult, oneKey, type Store } from '../../store/index.ts';
import type { JobTools } from '../handler.ts';
import { bodySecrets } from '../job-secrets.ts';
import { ACTIVE, type Check, type Plugin, textProperty, timeoutMsOf } from './plugin.ts';

/**
 * Waits until another resource is complete: until its current version has a successful state. An error of that version
 * fails the check at once (compatibility W7). It watches the store, and holds no slot meanwhile.
 */
export const etcdReader: Plugin = {
  type: 'etcd_reader',
  check: async (check) => {
    const typeId = textProperty(check, 'etcd_type');
    const { value: id, shown } = textProperty(check, 'etcd_id');
    const type = check.tools.model.types.get(typeId.value);
    if (type === undefined) throw kamadoError('CHECK_FAILED', { name: check.name, reason: `no type ${typeId.shown}` });
    const timeoutMs = timeoutMsOf(check, 'timeout', limits.etcdReaderTimeoutMs);
    const target = {
      type,
      what: `${typeId.shown} ${shown}`,
      keys: [resourceKey('config', type.url, id), resourceKey('state', type.url, id)],
    };
    const { store } = check.tools;
    const first = await look(check, target, store);
    if (first.complete) return ACTIVE;
    return await check.tools.releaseSlot(() => untilComplete(check, target, first.revision, timeoutMs));
  },
};

interface Target {
  readonly type: ResourceType;
  readonly what: string;
  /** The keys of its config and its state. */
  readonly keys: readonly string[];
}

interface Look {
  readonly complete: boolean;
  /** The store's revision at which this was read. */
  readonly revision: number;
}

async function look(check: Check, target: Target, store: Store): Promise<Look> {
  const { results, revision } = await store.transact({
    success: target.keys.map((key) => ({ type: 'get', range: oneKey(key) }) as const),
  });
  const [config, state] = results.map(textOf);
  const known = config === undefined ? null : decodeConfig(config);
  if (known === null) {
    throw kamadoError('CHECK_FAILED', { name: check.name, reason: `${target.what} is not there` });
  }
  const record = state === undefined ? null : decodeState(state);
  if (record?.version !== known.version) return { complete: false, revision };
  if (record.error === '') return { complete: true, revision };
  // The error's writer redacted at most the secrets of that resource. The secrets of the waiting job's resource are
  // redacted where this error is reported.
  const quoted = redactorOf(new Set(bodySecrets(target.type, known.body)))(record.error);
  throw kamadoError('CHECK_FAILED', {
    name: check.name,
    reason: new ForeignText(quoted, `${target.what} failed: `),
  });
}

function textOf(result: OperationResult): string | undefined {
  return result.type === 'get' ? result.entries[0]?.value : undefined;
}

async function untilComplete(check: Check, target: Target, revision: number, timeoutMs: number): Promise<string> {
  const { runtime, store, signal } = check.tools;
  const over = new AbortController();
  const timer = runtime.after(timeoutMs, () => over.abort());
  const stop = AbortSignal.any([signal, over.signal]);
  try {
    let seen = revision;
    for (;;) {
      await nextChange(check.tools, target.keys, seen + 1, stop);
      if (stop.aborted) break;
      const next = await look(check, target, store);
      if (next.complete) return ACTIVE;
      seen = next.revision;
    }
  } finally {
    timer.cancel();
  }
  throw kamadoError('CHECK_TIMEOUT', { name: check.name, what: `${target.what} complete`, timeoutMs });
}

/** Resolves when one of the keys changes at `fromRevision` or after it, or when `stop` aborts. */
function nextChange(
  { store }: JobTools,
  keys: readonly string[],
  fromRevision: number,
  stop: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const watches = keys.map((key) =>
      store.watch(oneKey(key), { fromRevision }, { onEvents: () => done(), onCompacted: () => done() }),
    );
    const done = (): void => {
      for (const watch of watches) watch.close();
      stop.removeEventListener('abort', done);
      resolve();
    };
    stop.addEventListener('abort', done, { once: true });
    if (stop.aborted) done();
  });
}
