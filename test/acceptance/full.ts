import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../../src/kernel/json.ts';
import { objectOf, type Rest, restOf, textOf, until, untilStatus } from './rest.ts';

/** No database can make it smaller. */
const TEMPLATE_TEXT = randomBytes(15_000).toString('base64');
/** More than fits any of the small disks. */
const MOST = 5_000;
/** A probe of something full, a lease, and a start. */
const PATIENCE_MS = 40_000;

/** What was taken before something was full. */
export interface Acknowledged {
  readonly templates: readonly string[];
  readonly routers: readonly string[];
}

const TEMPLATES = '/v2.0/heat_templates';
const ROUTERS = '/v2.0/edge_routers';

export function restAt(endpoint: string): Rest {
  return restOf(Number(new URL(endpoint).port));
}

/** Creates templates, and a router after every 20 of them, until there is no room. Everything else is an error. */
export async function fillUp(rest: Rest, routersLeft: Iterator<JsonObject>, name: string): Promise<Acknowledged> {
  const templates: string[] = [];
  const routers: string[] = [];
  for (let i = 0; i < MOST; i++) {
    const id = `${name}-${i}`;
    const template = { id, handler: 'none', parameter_mappings: {}, template_file: `a: ${TEMPLATE_TEXT}` };
    const answers = [{ ...(await rest.call('POST', TEMPLATES, { heat_template: template })), taken: templates }];
    const next = i % 20 === 0 ? routersLeft.next() : null;
    if (next !== null && next.done !== true) {
      const fields = { ...next.value, name: id };
      answers.push({ ...(await rest.call('POST', ROUTERS, { edge_router: fields })), taken: routers });
    }
    for (const { status, body, taken } of answers) {
      if (status === 507) {
        assertFull(body);
        return { templates, routers };
      }
      assert.equal(status, 201, JSON.stringify(body));
      taken.push(textOf(objectOf(Object.values(objectOf(body))[0]).id));
    }
  }
  throw new Error('it was never full');
}

function assertFull(body: unknown): void {
  const { code, detail, remedy } = objectOf(body);
  assert.equal(code, 'STORAGE_FULL');
  assert.match(textOf(detail), /is full/);
  assert.ok(textOf(remedy).length > 20, 'it says what to do');
}

/** Clients can add nothing, and read everything. */
export async function assertReadOnly(rest: Rest, kept: Acknowledged): Promise<void> {
  const [id = ''] = kept.templates;
  const changes = [
    await rest.call('POST', TEMPLATES, { heat_template: { id: 'more', template_file: '', parameter_mappings: {} } }),
    await rest.call('PUT', `${TEMPLATES}/${id}`, { heat_template: { template_file: 'b: 1' } }),
    await rest.call('PATCH', `${TEMPLATES}/${id}`, { heat_template: { template_file: 'b: 1' } }),
  ];
  for (const { status, body } of changes) {
    assert.equal(status, 507, JSON.stringify(body));
    assertFull(body);
  }
  assert.equal(objectOf(await rest.get(`${TEMPLATES}/${id}`)).template_file, `a: ${TEMPLATE_TEXT}`);
  const { status, body } = await rest.call('GET', '/readyz');
  assert.deepEqual([status, objectOf(body).status], [200, 'degraded']);
}

/** Deletes templates, each of which must go; gives what is left. */
export async function removeTemplates(rest: Rest, kept: Acknowledged, count: number): Promise<Acknowledged> {
  for (const id of kept.templates.slice(0, count)) {
    const { status, body } = await rest.call('DELETE', `${TEMPLATES}/${id}`);
    assert.equal(status, 204, JSON.stringify(body));
    assert.equal(await rest.get(`${TEMPLATES}/${id}`), null);
  }
  return { ...kept, templates: kept.templates.slice(count) };
}

export async function untilReady(rest: Rest): Promise<void> {
  const isReady = async () => objectOf((await rest.call('GET', '/readyz')).body).status === 'ready';
  await until('it is ready', isReady, PATIENCE_MS);
}

/** Everything that was acknowledged is there, and was built; the store holds it as well. */
export async function assertNothingLost(rest: Rest, kept: Acknowledged): Promise<void> {
  for (const id of kept.templates) assert.ok(await rest.get(`${TEMPLATES}/${id}`), `template ${id} is lost`);
  for (const id of kept.routers) await untilStatus(rest, `${ROUTERS}/${id}`, 'ACTIVE', PATIENCE_MS);
  const wanted = kept.templates.map((id) => `/config${TEMPLATES}/${id}`);
  await until('the store holds the templates that are there', async () => {
    const { body } = await rest.call('GET', `/kamado/v1/store?prefix=/config${TEMPLATES}/&limit=1000`);
    const entries = objectOf(body).entries;
    const keys = new Set(Array.isArray(entries) ? entries.map((entry) => objectOf(entry).key) : []);
    return wanted.every((key) => keys.has(key));
  });
}
