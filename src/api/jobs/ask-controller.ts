import {
  type ErrorCode,
  errorCatalogue,
  type JsonObject,
  KamadoError,
  kamadoError,
  limits,
  type Runtime,
} from '../../kernel/index.ts';
import { decodeAnswer, encodeRequest, type JobAnswer, type JobRequest, requestKey } from '../../records/index.ts';
import { oneKey, type Store, signed } from '../../store/index.ts';

/** A request, without the time at which it is made. */
export type Asked = JobRequest extends infer Kind ? (Kind extends JobRequest ? Omit<Kind, 'atMs'> : never) : never;

/**
 * Asks the leading controller to do something with a job: writes the request into the store, and waits for the answer
 * there. If none comes in time, the request is deleted, unless the controller has done it meanwhile.
 * @throws CONTROLLER_AWAY, and the errors with which the controller refuses
 */
export async function askController(
  { runtime, store }: { readonly runtime: Runtime; readonly store: Store },
  asked: Asked,
): Promise<Extract<JobAnswer, { readonly kind: 'done' }>> {
  const writing = signed(store, runtime, 'api');
  const key = requestKey(runtime.uuid());
  const request = { ...asked, atMs: Math.round(runtime.nowMs()) } as JobRequest;
  const { revision } = await writing.transact({ success: [{ type: 'put', key, value: encodeRequest(request) }] });
  const value = (await nextValue(runtime, store, key, revision)) ?? (await takeBack(writing, key, revision));
  const answer = value === null ? null : decodeAnswer(value);
  if (answer === null) throw kamadoError('CONTROLLER_AWAY', { timeoutMs: limits.jobRequestMs });
  await writing.transact({ success: [{ type: 'delete', range: oneKey(key) }] });
  if (answer.kind === 'refused') throw refusal(answer.code, answer.params);
  return answer;
}

/** The value that replaces a request; null if none comes in time. */
function nextValue(runtime: Runtime, store: Store, key: string, revision: number): Promise<string | null> {
  return new Promise((resolve) => {
    const done = (value: string | null): void => {
      timer.cancel();
      watch.close();
      resolve(value);
    };
    const timer = runtime.after(limits.jobRequestMs, () => done(null));
    const watch = store.watch(
      oneKey(key),
      { fromRevision: revision + 1 },
      {
        onEvents: (events) => {
          const put = events.find((event) => event.type === 'put');
          done(put?.type === 'put' ? put.entry.value : null);
        },
        onCompacted: () => done(null),
      },
    );
  });
}

/** Deletes a request that no controller has done; returns the answer if one has. */
async function takeBack(store: Store, key: string, revision: number): Promise<string | null> {
  const { succeeded, results } = await store.transact({
    compare: [{ key, target: 'modRevision', is: '=', value: revision }],
    success: [{ type: 'delete', range: oneKey(key) }],
    failure: [{ type: 'get', range: oneKey(key) }],
  });
  const [found] = results;
  return !succeeded && found?.type === 'get' ? (found.entries[0]?.value ?? null) : null;
}

function refusal(code: string, params: JsonObject): KamadoError {
  const known = Object.keys(errorCatalogue).find((one): one is ErrorCode => one === code) ?? 'INTERNAL';
  const plain = Object.entries(params).flatMap(([name, value]) => {
    return typeof value === 'string' || typeof value === 'number' ? [[name, value] as const] : [];
  });
  return new KamadoError(known, Object.fromEntries(plain));
}
