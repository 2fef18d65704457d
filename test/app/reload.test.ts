import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { startReloadingApplication } from '../../src/app/reload.ts';
import { readSettings } from '../../src/app/settings/settings.ts';
import { changesText } from '../../src/catalog/catalog-changes.ts';
import { createCatalog } from '../../src/catalog/new-catalog.ts';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { limits } from '../../src/kernel/limits.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { sleep } from '../../src/kernel/runtime.ts';
import { restOf, until, untilStatus } from '../acceptance/rest.ts';
import { temporaryFolder } from '../cli/helpers.ts';

/** A house whose catalogue can be changed, and what was said of the changes. */
async function startReloading(t: TestContext) {
  const folder = temporaryFolder(t);
  const catalog = join(folder, 'shop');
  await createCatalog(catalog, 'gateway');
  const reported: string[] = [];
  const fatal: unknown[] = [];
  const settings = readSettings({ port: '0', catalog, dataDir: join(folder, 'data') }, {});
  const alive = setInterval(() => {}, 60_000);
  t.after(() => clearInterval(alive));
  const options = { runtime: systemRuntime, log: silentLog, settings, onFatal: (error: unknown) => fatal.push(error) };
  const application = await startReloadingApplication(options, {
    onServed: (changes) => reported.push(`served: ${changesText(changes)}`),
    onRefused: (error) => reported.push(isKamadoError(error) ? `${error.code}: ${error.message}` : String(error)),
    onMended: () => reported.push('mended'),
    onWarning: (warning) => reported.push(`warning: ${warning}`),
  });
  t.after(() => application.close());
  const file = join(catalog, 'schemas', 'gateways.yaml');
  const edit = (from: string, to: string): void => {
    const text = readFileSync(file, 'utf8');
    assert.ok(text.includes(from), from);
    writeFileSync(file, text.replace(from, to));
  };
  let heard = 0;
  const next = async (): Promise<string> => {
    await until('something is said', () => reported.length > heard);
    const line = reported[heard] ?? '';
    heard++;
    return line;
  };
  return { catalog, edit, next, reported, fatal, rest: restOf(application.address.port), address: application.address };
}

test('a changed catalogue is served on the same address and data; a wrong one changes nothing', async (t) => {
  const { catalog, edit, next, reported, fatal, rest } = await startReloading(t);
  const site = await rest.create('/v1.0/sites', { name: 'north' });
  await untilStatus(rest, `/v1.0/sites/${site.id}`, 'ACTIVE');
  const body = { gateway: { name: 'first', site_id: site.id ?? null, size: 'huge' } };
  assert.equal((await rest.call('POST', '/v1.0/gateways', body)).status, 400);

  edit('[small, large]', '[small, large, huge]');
  assert.equal(await next(), 'served: changed gateway');
  const { status, body: answer } = await rest.call('POST', '/v1.0/gateways', body);
  assert.equal(status, 201, JSON.stringify(answer));

  edit('relation: site', 'relation: sites');
  assert.match(await next(), /^SCHEMA_INVALID: .*\n.*gateways\.yaml:\d+:\d+#\S+ \(gateway\): there is no schema sites/);
  assert.equal((await rest.call('GET', `/v1.0/sites/${site.id}`)).status, 200);
  edit('relation: sites', 'relation: site');
  assert.equal(await next(), 'mended');

  // As editors save: another file in the place of the one there was.
  const template = join(catalog, 'templates', 'gateways.yaml');
  writeFileSync(`${template}~`, readFileSync(template, 'utf8').replace('site:\n        type', 'place:\n        type'));
  renameSync(`${template}~`, template);
  assert.equal(await next(), 'served: changed heat_template gateway');

  // In a folder that wasn't there.
  mkdirSync(join(catalog, 'hooks'));
  const hook = "import { defineHooks } from 'kamado';\nexport const h = defineHooks('site', { post_list() {} });\n";
  writeFileSync(join(catalog, 'hooks', 'sites.js'), hook);
  assert.equal(await next(), 'served: added hooks');
  writeFileSync(join(catalog, 'hooks', 'sites.js'), hook.replace("'site'", "'sight'"));
  assert.match(await next(), /sight/);
  rmSync(join(catalog, 'hooks'), { recursive: true });
  assert.equal(await next(), 'served: removed hooks');

  // What could lose data is refused by the database.
  edit(
    'type: string\n          enum: [small, large, huge]\n          default: small',
    'type: integer\n          default: 1',
  );
  assert.match(await next(), /^DATABASE_SCHEMA_CHANGE: /);
  assert.equal((await rest.call('GET', '/v1.0/gateways')).status, 200);
  assert.deepEqual([reported.length, fatal], [8, []]);
});

test('a folder that went, and came back, is watched again; a link that leads nowhere takes no hooks away', async (t) => {
  const { catalog, edit, next, reported, rest } = await startReloading(t);
  renameSync(catalog, `${catalog}.away`);
  assert.match(await next(), /^CATALOG_UNREADABLE: /);
  assert.equal((await rest.call('GET', '/v1.0/sites')).status, 200);
  // Of what others do beside it nothing is said.
  writeFileSync(`${catalog}.other`, '');
  await sleep(systemRuntime, 3 * limits.catalogSettledMs);
  cpSync(`${catalog}.away`, catalog, { recursive: true });
  assert.equal(await next(), 'mended');
  edit('What people call it.', 'Its name.');
  assert.equal(await next(), 'served: changed gateway');

  // As git does: another folder at once in the place of the one there was.
  rmSync(catalog, { recursive: true });
  cpSync(`${catalog}.away`, catalog, { recursive: true });
  assert.equal(await next(), 'served: changed gateway');
  edit('What people call it.', 'Its own name.');
  assert.equal(await next(), 'served: changed gateway');

  mkdirSync(join(catalog, 'hooks'));
  const hook = "import { defineHooks } from 'kamado';\nexport const h = defineHooks('site', { post_list() {} });\n";
  writeFileSync(join(catalog, 'hooks', 'sites.js'), hook);
  assert.equal(await next(), 'served: added hooks');
  symlinkSync('/nowhere/hooks.js', join(catalog, 'hooks', 'lost.js'));
  assert.match(await next(), /^CATALOG_UNREADABLE: .*lost\.js/);
  rmSync(join(catalog, 'hooks', 'lost.js'));
  assert.equal(await next(), 'mended');
  assert.equal(reported.length, 8);
});

test('what is nothing to the catalogue is not served anew', async (t) => {
  const { catalog, next, reported, edit } = await startReloading(t);
  writeFileSync(join(catalog, 'README.md'), '# Nothing');
  writeFileSync(join(catalog, 'schemas', 'more.yaml'), '# nothing\n');
  cpSync(join(catalog, 'editor'), join(catalog, 'other'), { recursive: true });
  edit('What people call it.', 'Its name.');
  assert.equal(await next(), 'served: changed gateway');
  assert.equal(reported.length, 1);
});

test('requests that come while another house takes the place are answered, or told to come again', async (t) => {
  const { edit, next, address } = await startReloading(t);
  const statuses = new Map<number, number>();
  let over = false;
  const ask = async (): Promise<void> => {
    while (!over) {
      const answer = await fetch(`http://127.0.0.1:${address.port}/v1.0/sites`, { headers: { connection: 'close' } });
      await answer.arrayBuffer();
      if (answer.status === 503) assert.equal(answer.headers.get('retry-after'), '1');
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    }
  };
  const asking = Promise.all([ask(), ask(), ask(), ask()]);
  for (const [from, to] of [
    ['[small, large]', '[small, large, huge]'],
    ['[small, large, huge]', '[small, large]'],
  ] as const) {
    edit(from, to);
    await next();
  }
  over = true;
  await asking;
  assert.deepEqual(
    [...statuses.keys()].filter((status) => status !== 200 && status !== 503),
    [],
  );
  assert.ok((statuses.get(200) ?? 0) > 0);
});
