import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../src/kernel/json.ts';
import { objectOf } from './rest.ts';

/** The recordings of an HA router: below KAMADO_SHARED, else `shared` beside the checkout. */
function recordingsFolder(): string {
  const starts = [process.cwd(), join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')];
  const places = starts.map((start) => join(start, '..', 'shared'));
  const shared = process.env.KAMADO_SHARED ?? places.find((place) => existsSync(place)) ?? join('..', 'shared');
  return join(shared, 'traces', 'ha_router');
}

const folder = recordingsFolder();

/** For `skip:` of a test: false where the recordings are there, else why it is skipped. */
export const skipWithoutRecordings: string | false = existsSync(folder)
  ? false
  : `there are no recordings at ${folder}`;

/** The lines of a recording, such as 'etcd.jsonl'. */
export function readRecording(name: string): readonly JsonObject[] {
  const lines = readFileSync(join(folder, name), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => objectOf(JSON.parse(line)));
}
