import { isJsonObject, type JsonObject, type Log, limits, parseJson, type Runtime } from '../kernel/index.ts';
import { keys } from '../records/index.ts';
import { compileModel, type Model } from '../schema/index.ts';
import { follow, type KeyValue, oneKey, readAll, type Store, type StoreEvent, withPrefix } from '../store/index.ts';
import { markFormerSecrets } from './former-secrets.ts';

/**
 * Publishes a model in the store: a key per type, and last the hash, which marks them as complete. The components that
 * don't read the catalogue read the model from there. `hooks` is the hash of the catalogue's hooks, null if it has
 * none. Code isn't published: a component that needs it reads the catalogue as well.
 */
export async function publishModel(store: Store, model: Model, hooks: string | null = null): Promise<void> {
  const { entries } = await store.get(oneKey(keys.model));
  const known = publicationOf(entries[0]);
  if (known !== null && known.hash === model.hash && known.hooks === hooks) return;
  await markFormerSecrets(store, known === null ? [] : await readDocuments(store, known.hash), model);
  const prefix = keyPrefix(model.hash);
  for (let first = 0; first < model.documents.length; first += limits.modelTypesPerTransaction) {
    const part = model.documents.slice(first, first + limits.modelTypesPerTransaction);
    await store.transact({
      success: part.map((document, i) => ({
        type: 'put',
        key: `${prefix}${String(first + i).padStart(6, '0')}`,
        value: JSON.stringify(document),
      })),
    });
  }
  const types = model.documents.length;
  const value = JSON.stringify({ hash: model.hash, types, ...(hooks !== null && { hooks }) });
  await store.transact({ success: [{ type: 'put', key: keys.model, value }] });
  await removeOthers(store, prefix);
}

/**
 * Marks the properties that were secret in the model that was published last and aren't in this one, before this one is
 * used (`markFormerSecrets`).
 */
export async function markChangedSecrets(store: Store, model: Model): Promise<void> {
  const { entries } = await store.get(oneKey(keys.model));
  const known = publicationOf(entries[0]);
  if (known === null || known.hash === model.hash) return;
  await markFormerSecrets(store, await readDocuments(store, known.hash), model);
}

/**
 * Calls `onModel` with the published model and the hash of its hooks, and again whenever either changes. Runs until
 * `signal` aborts.
 */
export async function followModel(
  context: { readonly runtime: Runtime; readonly store: Store; readonly log: Log },
  onModel: (model: Model, hooks: string | null) => void,
  signal: AbortSignal,
): Promise<void> {
  let known = '';
  const apply = async (entry: KeyValue | undefined): Promise<void> => {
    const published = publicationOf(entry);
    if (published === null) return;
    const { hash, hooks } = published;
    if (`${hash} ${hooks}` === known) return;
    const model = await readModel(context.store, hash);
    if (model === null || signal.aborted) return;
    known = `${hash} ${hooks}`;
    onModel(model, hooks);
  };
  const onEntry = (entry: KeyValue | undefined): void => {
    void apply(entry).catch((error: unknown) => {
      context.log.error({ reason: error instanceof Error ? error.message : '' }, 'The published model is unusable.');
    });
  };
  await follow(
    context,
    oneKey(keys.model),
    {
      onSnapshot: (entries) => onEntry(entries[0]),
      onEvents: (events) => {
        for (const event of events) if (event.type === 'put') onEntry(event.entry);
      },
    },
    signal,
  );
}

/**
 * Resolves when the model key is deleted, when the store was listed again (it may have gone back to an older state with
 * another model), or when `signal` aborts.
 */
export async function untilUnpublished(
  context: { readonly runtime: Runtime; readonly store: Store; readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  let isListed = false;
  const follower = {
    onSnapshot: (entries: readonly KeyValue[]) => {
      if (entries.length === 0 || isListed) ended.abort();
      isListed = true;
    },
    onEvents: (events: readonly StoreEvent[]) => {
      if (events.some((event) => event.type === 'delete')) ended.abort();
    },
  };
  await follow(context, oneKey(keys.model), follower, AbortSignal.any([signal, ended.signal]));
}

/** The model with that hash, or null if it has been replaced meanwhile. */
async function readModel(store: Store, hash: string): Promise<Model | null> {
  const model = compileModel(await readDocuments(store, hash));
  return model.hash === hash ? model : null;
}

async function readDocuments(store: Store, hash: string): Promise<readonly JsonObject[]> {
  const { entries } = await readAll(store, withPrefix(keyPrefix(hash)));
  return entries.map((entry) => parseJson(entry.value)).filter((value): value is JsonObject => isJsonObject(value));
}

async function removeOthers(store: Store, prefix: string): Promise<void> {
  const all = withPrefix(keys.modelTypes);
  const others = [
    { from: all.from, to: prefix },
    { from: withPrefix(prefix).to ?? prefix, to: all.to ?? prefix },
  ];
  await store.transact({ success: others.map((range) => ({ type: 'delete', range })) });
}

function keyPrefix(hash: string): string {
  return `${keys.modelTypes}${hash}/`;
}

/** The published hashes: of the model, and of its hooks. */
interface Publication {
  readonly hash: string;
  readonly hooks: string | null;
}

function publicationOf(entry: KeyValue | undefined): Publication | null {
  const value = entry === undefined ? undefined : parseJson(entry.value);
  if (!isJsonObject(value) || typeof value.hash !== 'string') return null;
  return { hash: value.hash, hooks: typeof value.hooks === 'string' ? value.hooks : null };
}
