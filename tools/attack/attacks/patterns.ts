import { setTimeout as pause } from 'node:timers/promises';
import type { Attack, Stage } from '../attack.ts';
import { onlyCatalog } from '../catalogs.ts';
import { Client } from '../client.ts';
import { fillWithItems } from './items.ts';

/** Patterns that are expensive to compile or to search with. */
const hostilePatterns: readonly string[] = [
  '((((((){9999}){9999}){9999}){9999}){9999})',
  '((((((a{0,99}){0,99}){0,99}){0,99}){0,99}){0,99})',
  '(?i)(\\\\pL{1000}){1000}',
  '(((((((((((a*)*)*)*)*)*)*)*)*)*)*)*$',
  '(a|a)*(a|a)*(a|a)*$',
  '(x+x+)+y',
  `${'('.repeat(200)}a${')'.repeat(200)}`,
  '[^a]{1000}[^b]{1000}[^c]{1000}',
  '(.?){1000}b{1000}',
  Array.from({ length: 2_000 }, (_, i) => `w${i}`).join('|'),
];
const PATIENCE_MS = 30_000;
const LOOK_MS = 50;

/** Patterns and texts on which a backtracking engine, or one without limits, runs for ever. */
export const patterns: Attack = {
  name: 'patterns',
  about: 'patterns of templates and mappings, and texts for patterns of schemas, that take for ever',
  prepare: () => onlyCatalog('fuzz'),
  run: async (stage) => {
    await fillWithItems(stage.target.port, 1, 1);
    const client = new Client(stage.target.port);
    try {
      await attackSchema(stage, client);
      for (const [i, pattern] of hostilePatterns.entries()) await attackTemplate(stage, client, i, pattern);
      for (const [i, pattern] of hostilePatterns.entries()) await attackMapping(stage, client, i, pattern);
    } finally {
      client.close();
    }
    // Unfinished work is tried again: a start must not hang on it either.
    await stage.target.restart();
  },
};

/** The pattern of `code` matches in exponentially many ways, and then does not. */
async function attackSchema({ findings }: Stage, client: Client): Promise<void> {
  const shelf = await shelfOf(client);
  for (const code of [`${'a'.repeat(4_000)}!`, `${'a'.repeat(200_000)}!`, `${'a-'.repeat(2_000)}A`]) {
    const { status } = await client.json('POST', '/v1.0/items', { item: { shelf_id: shelf, code } });
    findings.count('texts for a schema');
    if (status !== 400) findings.violate('a text that does not match is accepted', `${status}`);
  }
}

async function attackTemplate(stage: Stage, client: Client, number: number, pattern: string): Promise<void> {
  const text = 'a'.repeat(1_000);
  const templateFile = `note:\n  type: etcd_reader\n  found: {{ "${text}" | match("${pattern}") | tojson }}\n`;
  await changeTemplate(stage, client, { template_file: templateFile });
  await createAndWait(stage, client, `template-${number}`);
}

async function attackMapping(stage: Stage, client: Client, number: number, pattern: string): Promise<void> {
  const condition = { regexp: [{ field: 'text' }, pattern] };
  const mapping = { if_mapping: condition, then_mapping: { constant: 'a' }, else_mapping: { constant: 'b' } };
  await changeTemplate(stage, client, { parameter_mappings: { note: mapping }, template_file: '{}' });
  await createAndWait(stage, client, `mapping-${number}`);
}

/** A change may be accepted, or refused with a reason. */
async function changeTemplate({ findings }: Stage, client: Client, change: object): Promise<void> {
  const { status, text } = await client.json('PATCH', '/v2.0/heat_templates/item', { heat_template: change });
  findings.count(`template changed: ${status}`);
  if (status !== 200 && status !== 400) findings.violate('a change of a template', `${status} ${text.slice(0, 300)}`);
}

async function createAndWait({ findings, target }: Stage, client: Client, id: string): Promise<void> {
  const item = { id, shelf_id: await shelfOf(client), text: 'a'.repeat(4_000) };
  const { status, text } = await client.json('POST', '/v1.0/items', { item });
  if (status !== 201) return findings.violate('an item that can not be created', `${status} ${text.slice(0, 300)}`);
  const endMs = performance.now() + PATIENCE_MS;
  while (target.ended() === null) {
    const shown = await client.send({ method: 'GET', path: `/v1.0/items/${id}` });
    const { item: seen }: { readonly item: { readonly status: string } } = JSON.parse(shown.text);
    if (seen.status === 'ACTIVE' || seen.status === 'ERROR') return findings.count(`became ${seen.status}`);
    if (performance.now() > endMs) return findings.violate('an item that is never decided', `${id}: ${seen.status}`);
    await pause(LOOK_MS);
  }
}

async function shelfOf(client: Client): Promise<string> {
  const { text } = await client.send({ method: 'GET', path: '/v1.0/shelves?limit=1' });
  const { shelves }: { readonly shelves: readonly { readonly id: string }[] } = JSON.parse(text);
  return shelves[0]?.id ?? '';
}
