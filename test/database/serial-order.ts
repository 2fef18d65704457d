import assert from 'node:assert/strict';
import { systemCaller } from '../../src/database/database.ts';
import type { SqlDriver, TransactionFunction } from '../../src/database/sql.ts';
import { sql } from '../../src/database/sql.ts';
import { tableName } from '../../src/database/table-names.ts';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { canonicalJson, type JsonObject } from '../../src/kernel/json.ts';
import type { Random } from '../simulation/random.ts';
import { type Client, lineOf, wholeList } from './helpers.ts';
import {
  BOXES,
  type ChangingHooks,
  carryOut,
  ITEMS,
  LABELS,
  type Programs,
  Refused,
  randomProgram,
} from './hook-programs.ts';

/** A database under test, or one in which the same is done one by one. */
export interface Place {
  readonly client: Client;
  /** Other processes that use it. */
  readonly others: readonly Client[];
  readonly driver: SqlDriver;
  readonly hooks: ChangingHooks;
}

/** What a client asks for. */
export interface Request {
  readonly text: string;
  readonly run: (client: Client) => Promise<unknown>;
}

const TYPES = ['item', 'box', 'token'] as const;

/** Makes a place what every round begins with; hooks don't run meanwhile. */
export async function begin(place: Place, programs: Programs): Promise<void> {
  const { client, driver, hooks } = place;
  hooks.programs = new Map();
  await driver.write(function* (): TransactionFunction<void> {
    for (const type of TYPES) yield sql(`DELETE FROM "${tableName(type)}"`);
    yield sql('DELETE FROM kamado_resources');
    yield sql('DELETE FROM kamado_events');
  });
  for (const [i, id] of BOXES.entries()) await client.create('box', id, { n: i, label: LABELS[i] ?? 'x' });
  await client.create('item', 'i0', { n: 1, label: 'x', box_id: 'b0' });
  await client.create('item', 'i1', { n: 2, label: 'y', box_id: 'b1' });
  await client.create('token', 't0', { n: 0, label: 'x' });
  hooks.programs = programs;
}

/** Runs a request, and says what came of it. */
export async function outcomeOf(client: Client, { text, run }: Request): Promise<string> {
  try {
    return canonicalJson(((await run(client)) ?? null) as JsonObject);
  } catch (error) {
    if (error instanceof Refused) return 'refused';
    assert.ok(isKamadoError(error), `${text}: ${error instanceof Error ? error.stack : error}`);
    assert.notEqual(error.code, 'DATABASE_BUSY', text);
    return error.code;
  }
}

/** Everything that there is, and the events of each resource in their order. */
export async function contentOf({ client }: Place): Promise<string> {
  const rows = await Promise.all(TYPES.map((type) => client.database.list(systemCaller, type, wholeList)));
  const events = (await client.events()).map((event) => `${event.resourceId}: ${lineOf(event)} ${event.body}`);
  const all = rows.flatMap(({ rows: found }) => found).map((row) => JSON.stringify([row.type, row.id, row]));
  return [...all, ...events.toSorted((a, b) => Number(keyOf(a) > keyOf(b)) - Number(keyOf(a) < keyOf(b)))].join('\n');
}

function keyOf(event: string): string {
  return event.slice(0, event.indexOf(':'));
}

/** Whether the outcomes and the content are those of the requests one by one, in some order. */
export async function isSerial(
  place: Place,
  programs: Programs,
  requests: readonly Request[],
  outcomes: readonly string[],
  content: string,
): Promise<boolean> {
  for (const order of permutations(requests.map((_, i) => i))) {
    await begin(place, programs);
    const found: string[] = [];
    for (const i of order) {
      const request = requests[i];
      if (request === undefined) continue;
      found[i] = await outcomeOf(place.client, request);
      if (found[i] !== outcomes[i]) break;
    }
    const isSame = requests.every((_, i) => found[i] === outcomes[i]);
    if (isSame && (await contentOf(place)) === content) return true;
  }
  return false;
}

function permutations(all: readonly number[]): readonly (readonly number[])[] {
  if (all.length <= 1) return [all];
  return all.flatMap((first) => permutations(all.filter((one) => one !== first)).map((rest) => [first, ...rest]));
}

/** What a client may ask of such a place. */
export function randomRequest(random: Random): Request {
  const [item, box, label, n] = [random.pick(ITEMS), random.pick(BOXES), random.pick(LABELS), random.integer(5)];
  const kinds = [
    'create',
    'create',
    'update',
    'update',
    'move',
    'box',
    'remove',
    'remove box',
    'state',
    'transaction',
  ] as const;
  const kind = random.pick(kinds);
  switch (kind) {
    case 'create': {
      const body = { n, label, box_id: box };
      return {
        text: `create ${item} ${JSON.stringify(body)}`,
        run: async (client) => shown(await client.create('item', item, body)),
      };
    }
    case 'update':
      return {
        text: `update ${item} ${n} ${label}`,
        run: async (client) => shown(await client.update('item', item, { n, label })),
      };
    case 'move':
      return {
        text: `move ${item} to ${box}`,
        run: async (client) => shown(await client.update('item', item, { box_id: box })),
      };
    case 'box':
      return { text: `update ${box} ${n}`, run: async (client) => shown(await client.update('box', box, { n })) };
    case 'remove':
      return { text: `remove ${item}`, run: (client) => client.remove('item', item) };
    case 'remove box':
      return { text: `remove ${box}`, run: (client) => client.remove('box', box) };
    case 'state':
      return { text: `state of ${item}`, run: (client) => client.succeed('item', item, 1) };
    case 'transaction': {
      const program = randomProgram(random, ['box', 'token', 'box']);
      const resource = { n, label, box_id: box };
      return {
        text: `transaction ${JSON.stringify({ program, resource })}`,
        run: ({ database }) => database.transaction(systemCaller, (tx) => carryOut(program, resource, tx)),
      };
    }
  }
}

function shown({ body, configVersion }: { readonly body: JsonObject; readonly configVersion: number }) {
  return { body, configVersion };
}
