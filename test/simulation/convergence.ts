import { isKamadoError } from '../../src/kernel/errors.ts';
import { decodeProcessed, sameBody } from '../../src/records/config-record.ts';
import { keys, parseResourceKey, resourceKey, TEMPLATE_TYPE } from '../../src/records/keys.ts';
import { decodeState, READ_COMPLETE } from '../../src/records/state-record.ts';
import { withPrefix } from '../../src/store/store.ts';
import { typeOf } from '../support/work.ts';
import type { Checker } from './checker.ts';
import { model } from './model.ts';
import type { Life, StoreImage } from './store-image.ts';
import type { StoreServer } from './store-server.ts';
import type { RecordRow, SystemOfRecord } from './system-of-record.ts';
import { hold, Violation } from './violation.ts';

/** What is still to be done: nothing, once everything has come to its end. */
export function unfinished(image: StoreImage, systemOfRecord: SystemOfRecord): readonly string[] {
  const left: string[] = [];
  for (const key of image.entries.keys()) {
    if (key.startsWith(keys.jobs)) left.push(key);
    else if (isOrphan(image, key)) left.push(`${key} without a config`);
  }
  for (const row of systemOfRecord.rows.values()) {
    const life = image.lives.get(`${model.types.get(row.type)?.url}/${row.id}`);
    const isThere = life?.config.version === row.version && life.config.markedForDeletion === row.marked;
    if (!isThere) left.push(`${row.type}:${row.id}:${row.version} isn't in the store`);
    else if (row.type !== TEMPLATE_TYPE) left.push(...unanswered(image, life));
    if (!isTold(image, row)) left.push(`${row.type}:${row.id}: its users know of version ${row.stateVersion}`);
  }
  for (const path of image.lives.keys()) if (!hasRow(systemOfRecord, path)) left.push(`${path} has no row`);
  return left;
}

/** Whether users know of the state that the store holds; after an error it may have come anew, for the same version. */
function isTold(image: StoreImage, row: RecordRow): boolean {
  const type = typeOf(row.type);
  if (!type.versioned) return true;
  const state = decodeState(image.entries.get(resourceKey('state', type.url, row.id))?.value ?? '');
  return row.stateVersion === row.version && (row.stateError === '' || row.stateError === state?.error);
}

/** Whether a key is about a resource that is gone. */
function isOrphan(image: StoreImage, key: string): boolean {
  const resource = parseResourceKey(key);
  return resource !== null && resource.family !== 'config' && !image.lives.has(`${resource.url}/${resource.id}`);
}

function hasRow(systemOfRecord: SystemOfRecord, path: string): boolean {
  const cut = path.lastIndexOf('/');
  const type = model.byUrl.get(path.slice(0, cut));
  return type !== undefined && systemOfRecord.row(type.id, path.slice(cut + 1)) !== undefined;
}

/** A resource that is there: its newest version has a state, and what was planned last is what is wanted. */
function unanswered(image: StoreImage, life: Life): readonly string[] {
  const { config, path } = life;
  const cut = path.lastIndexOf('/');
  const read = (family: 'state' | 'processed' | 'applied' | 'jobState'): string | undefined =>
    image.entries.get(resourceKey(family, path.slice(0, cut), path.slice(cut + 1)))?.value;
  const state = decodeState(read('state') ?? '');
  const processed = decodeProcessed(read('processed') ?? '');
  if (state?.version !== config.version) return [`${path} has no state of version ${config.version}`];
  const left: string[] = [];
  const isPlanned =
    processed?.version === config.version &&
    processed.deleted === config.markedForDeletion &&
    sameBody(processed.body, config.body);
  if (!isPlanned && state.error === '') left.push(`${path} was planned as ${read('processed')}`);
  // What nothing works on any more may still be built, as it was applied last.
  const keepsApplied = state.error !== '' || state.state.worker_state === READ_COMPLETE;
  if (read('applied') !== undefined && !keepsApplied) left.push(`${path} still has what was applied before`);
  if (read('jobState') !== undefined) left.push(`${path} still has a job state`);
  const missing = /^Unresolved reference ([^:]+):(\S*) /.exec(state.error);
  const url = model.types.get(missing?.[1] ?? '')?.url;
  if (missing !== null && image.lives.has(`${url}/${missing[2]}`))
    left.push(`${path}: ${state.error} But it is there.`);
  return left;
}

/** The store holds what its log told. */
export async function checkStore(server: StoreServer, checker: Checker): Promise<void> {
  try {
    const found = await server.handle((store) => store.get(withPrefix('')));
    const { image, revision } = checker;
    // The end of a store's life answers what it was asked before.
    if (found.revision !== revision) return;
    const same = found.entries
      .filter((entry) => !entry.key.startsWith(keys.writers))
      .every((entry) => image.entries.get(entry.key)?.modRevision === entry.modRevision);
    const count = found.entries.filter((entry) => !entry.key.startsWith(keys.writers)).length;
    hold(same && count === image.entries.size, 'the store is what its log says', () => `at revision ${revision}`);
  } catch (error) {
    if (!isKamadoError(error)) throw error;
  }
}

/** Fails a run that doesn't come to its end. */
export function failUnfinished(left: readonly string[], afterMs: number): never {
  const shown = left.slice(0, 20).join('\n  ');
  throw new Violation('everything comes to its end', `not in ${afterMs} ms:\n  ${shown}`);
}
