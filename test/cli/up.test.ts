import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { generateHostKey } from '../../lab/host-keys.ts';
import { startRouter } from '../../lab/router.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import {
  assertFailed,
  type Ended,
  kamado,
  kamadoFile,
  packageRoot,
  start,
  startUp,
  temporaryFolder,
} from './helpers.ts';

const catalog = `schemas:
  - id: site
    singular: site
    plural: sites
    title: Site
    prefix: /v2.0
    description: A place.
    schema:
      type: object
      properties:
        id: { type: string, permission: [create], unique: true }
        name: { type: string, default: '', permission: [create, update] }
  - id: rack
    singular: rack
    plural: racks
    title: Rack
    prefix: /v2.0
    description: What things are built into.
    metadata: { state_versioning: true, two_step_deletion: false }
    schema:
      type: object
      propertiesOrder: [id, name, site_id, height, port, locked, tags, labels, note, password, status]
      required: [site_id]
      properties:
        id: { type: string, format: hyph-uuid, unique: true }
        name: { type: string, default: '', permission: [create, update] }
        site_id: { type: string, relation: site, permission: [create] }
        height: { type: integer, default: 42, permission: [create, update] }
        port: { type: integer, default: 1, permission: [create, update] }
        locked: { type: boolean, default: false, permission: [create, update] }
        tags: { type: array, items: { type: string }, default: [], permission: [create, update] }
        labels: { type: object, default: {}, permission: [create, update] }
        note: { type: [string, 'null'], permission: [create, update] }
        password: { type: string, default: '', permission: [create, update] }
        status: { type: [string, 'null'], default: NO_STATE }
`;

interface Application {
  readonly endpoint: string;
  readonly run: (...args: readonly string[]) => Promise<Ended>;
  readonly json: (...args: readonly string[]) => Promise<unknown>;
}

async function startApplication(t: TestContext): Promise<Application> {
  const folder = temporaryFolder(t);
  const file = join(folder, 'catalog.yaml');
  writeFileSync(file, catalog);
  const { endpoint } = await startUp(t, ['--data-dir', join(folder, 'data'), '--catalog', file]);
  const run = (...args: readonly string[]) => kamado(t, args, { env: { KAMADO_ENDPOINT: endpoint } });
  return {
    endpoint,
    run,
    json: async (...args) => {
      const end = args.includes('--') ? args.indexOf('--') : args.length;
      const { code, stdout, stderr } = await run(...args.toSpliced(end, 0, '--output-format', 'json'));
      assert.equal(code, 0, stderr);
      return stdout === '' ? null : JSON.parse(stdout);
    },
  };
}

describe('kamado client', () => {
  it('creates, lists, shows, changes and deletes', async (t) => {
    const { run, json } = await startApplication(t);
    await run('client', 'site', 'create', '--id', 's1', '--name', 'north');
    const line = ['--name', 'r1', '--site', 'north', '--height', '-7', '--locked', 'true', '--tags', '["a","b"]'];
    const more = ['--labels={"k":{"password":"inner secret"}}', '--note', '<null>', '--password', 'top secret'];
    const created = await json('client', 'rack', 'create', ...line, ...more, '--', '--port', '8');
    assert.ok(typeof created === 'object' && created !== null && 'rack' in created);
    const { id, status, ...rack } = created.rack as { id: string; status: string };
    assert.deepEqual(rack, {
      name: 'r1',
      site_id: 's1',
      height: -7,
      port: 8,
      locked: true,
      tags: ['a', 'b'],
      labels: { k: { password: '***' } },
      note: null,
      password: '***',
    });
    const opened = (await json('client', 'rack', 'show', '--show-secrets', id)) as { rack: JsonObject };
    assert.deepEqual(opened.rack.labels, { k: { password: 'inner secret' } });
    assert.equal(opened.rack.password, 'top secret');
    assert.ok(status !== '');

    assert.deepEqual((await json('client', 'rack', 'show', 'r1')) as object, await json('client', 'rack', 'show', id));
    const table = await run('client', 'rack', 'show', 'r1');
    assert.match(table.stdout, new RegExp(`^id +${id}$`, 'm'));
    assert.match(table.stdout, /^password +\*\*\*$/m);
    assert.doesNotMatch(table.stdout, /secret"|top secret/);
    const openTable = await run('client', '--show-secrets', 'rack', 'show', 'r1');
    assert.match(openTable.stdout, /^password +top secret$/m);

    await run('client', 'rack', 'create', '--name', 'r2', '--site_id', 's1');
    const names = async (...args: string[]) => {
      const answer = (await json('client', 'rack', 'list', ...args)) as { racks: { name: string }[] };
      return answer.racks.map(({ name }) => name);
    };
    assert.deepEqual(await names('--sort_key', 'name'), ['r1', 'r2']);
    assert.deepEqual(await names('--sort_key', 'name', '--sort_order', 'desc', '--limit', '1'), ['r2']);
    assert.deepEqual(await names('--height', '-7'), ['r1']);
    assert.deepEqual(await names('--site', 'north', '--name', 'r2'), ['r2']);
    const page = await run('client', 'rack', 'list', '--limit', '1');
    assert.match(page.stderr, /1 of 2/);
    assert.match(page.stdout, /^id +name +site_id/);

    const changed = (await json('client', 'rack', 'set', '--height', '3', 'r1')) as { rack: { height: number } };
    assert.equal(changed.rack.height, 3);
    assert.equal((await run('client', 'rack', 'delete', 'r2')).code, 0);
    assert.deepEqual(await names(), ['r1']);
  });

  it('shows types and their properties', async (t) => {
    const { run, json } = await startApplication(t);
    assert.deepEqual(await json('client'), [
      { id: 'site', title: 'Site', url: '/v2.0/sites' },
      { id: 'rack', title: 'Rack', url: '/v2.0/racks' },
    ]);
    assert.match((await run('client')).stdout, /^rack +Rack +\/v2\.0\/racks$/m);
    for (const args of [['rack'], ['rack', '--help'], ['rack', 'create', '-h']]) {
      const { code, stdout } = await run('client', ...args);
      assert.equal(code, 0);
      assert.match(stdout, /kamado client rack create --property value/);
      assert.match(stdout, /^--site_id +id or name of site +create \(required\)/m);
    }
  });

  it('says what is wrong, with 2 for the line and 1 for what the server refuses', async (t) => {
    const { run } = await startApplication(t);
    for (const name of ['twin', 'twin'])
      await run('client', 'site', 'create', '--name', name, '--id', name + Math.random());
    const cases: readonly (readonly [string, number, RegExp])[] = [
      ['rack create --colour red', 2, /rack has no property colour/],
      ['rack create --height tall', 2, /--height must be an integer/],
      ['rack create --height 9007199254740993', 2, /--height must be an integer/],
      [
        'rack create --labels {"a":[9007199254740993]}',
        2,
        /--labels must be JSON .*: \/a\/0 is an integer beyond 2\^53/,
      ],
      ['rack create --locked maybe', 2, /--locked must be true or false/],
      ['rack create --tags {}', 2, /--tags must be JSON of kind array/],
      ['rack create --labels [', 2, /--labels must be JSON of kind object/],
      ['rack create --name a --name b', 2, /--name is given twice/],
      ['rack create r1', 2, /r1 makes no sense here/],
      ['rack show', 2, /an id or a name is missing/],
      ['rack show a b', 2, /b makes no sense here/],
      ['rack set r1', 2, /what to set is missing/],
      ['rack delete --name x r1', 2, /--name makes no sense here/],
      ['rack --name x', 2, /one of list, show, create, set, delete is missing/],
      ['oven list', 1, /There is no type oven/],
      ['rack show nothing', 1, /Resource not found: rack nothing/],
      ['rack show ..', 1, /Resource not found: rack \.\./],
      ['rack create --site nowhere', 1, /Resource not found: site nowhere/],
      ['rack create --name x', 1, /site_id is required/],
      ['rack create --site twin', 1, /2 resources of type site are named like that/],
      ['site show twin', 1, /2 resources of type site/],
      ['rack list --limit -1', 1, /limit/],
    ];
    for (const [line, code, message] of cases) assertFailed(await run('client', ...line.split(' ')), code, message);
  });

  it('ends quietly when its reader goes away', async (t) => {
    const { endpoint, run } = await startApplication(t);
    await run('client', 'site', 'create', '--id', 's1', '--name', 'x'.repeat(100_000));
    const child = spawn(process.execPath, [kamadoFile, 'client', 'site', 'list', '--endpoint', endpoint]);
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = await once(child, 'exit');
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  });
});

describe('kamado timeline and kamado store', () => {
  it('show what happened, secrets masked', async (t) => {
    const { run, json, endpoint } = await startApplication(t);
    const watch = start(t, kamadoFile, ['store', 'watch', '/config/v2.0/racks/', '--endpoint', endpoint]);
    const watchJson = ['store', 'watch', '--from', '1', '/state/', '--output-format', 'json', '--endpoint', endpoint];
    const states = start(t, kamadoFile, watchJson);
    await run('client', 'site', 'create', '--id', 's1');
    const line = ['--name', 'r1', '--site_id', 's1', '--password', 'top secret'];
    const { rack } = (await json('client', 'rack', 'create', ...line)) as { rack: { id: string } };
    await states.printed(new RegExp(`/state/v2.0/racks/${rack.id}`));
    await run('client', 'rack', 'set', '--height', '1', 'r1');
    await watch.printed(/update/);

    const entries = (await json('timeline', 'rack', 'r1')) as { key: string; writer: string; revision: number }[];
    assert.deepEqual(Object.keys(entries[0] ?? {}), ['time', 'revision', 'writer', 'action', 'key', 'value']);
    assert.equal(entries[0]?.key, `/config/v2.0/racks/${rack.id}`);
    assert.equal(entries[0]?.writer, 'sync');
    assert.deepEqual(await json('timeline', 'rack', rack.id), entries);
    const diagram = await run('timeline', 'rack', rack.id);
    assert.match(diagram.stdout, /time +step +rev +sync +controller/);
    assert.match(diagram.stdout, /0\.0 ms +\d+ +●.*▶ create \/config {2}version 1/);
    assertFailed(await run('timeline', 'rack', 'nothing'), 1, /Resource not found: rack nothing/);
    assertFailed(await run('timeline', 'oven', 'x'), 1, /There is no type oven/);

    const key = `/config/v2.0/racks/${rack.id}`;
    assert.deepEqual((await run('store', 'ls', '/config/v2.0/racks')).stdout.split('\n'), [key, '']);
    const stored = JSON.parse((await run('store', 'get', key)).stdout);
    assert.equal(JSON.parse(stored.body).password, '***');
    assert.equal(((await json('store', 'get', key)) as { key: string }).key, key);
    assertFailed(await run('store', 'get', '/nothing'), 1, /The store has no key \/nothing/);
    assertFailed(await run('store', 'watch', '--from', 'x'), 1, /from/);
    await run('client', 'rack', 'delete', 'r1');
    await watch.printed(/delete/);

    const watched = await watch.end('SIGINT');
    assert.equal(watched.code, 0, watched.stderr);
    for (const printedLine of watched.stdout.trimEnd().split('\n')) {
      assert.match(printedLine, new RegExp(`^\\d+ {2}(?:create|update|delete) {2}${key}`));
    }
    for (const text of (await states.end()).stdout.trimEnd().split('\n')) JSON.parse(text);
    const everything = JSON.stringify([watched, states.output(), diagram, entries, stored]);
    assert.ok(!everything.includes('top secret'));
  });

  it('show what the reference shows', async (t) => {
    const shared = process.env.KAMADO_SHARED ?? join(packageRoot, '..', 'shared');
    const file = join(shared, 'traces', 'ha_router', 'client_views.jsonl');
    if (!existsSync(file)) {
      t.skip(`${file} is not there`);
      return;
    }
    const view = JSON.parse(readFileSync(file, 'utf8').split('\n')[0] ?? '').json.ha_router;
    const data = join(temporaryFolder(t), 'data');
    const year = join(packageRoot, 'catalog', 'network-2017');
    const { endpoint } = await startUp(t, ['--data-dir', data, '--catalog', year]);
    const run = (...args: string[]) => kamado(t, ['client', ...args, '--endpoint', endpoint]);
    const login = { login: 'lab', password: 'lab password' };
    for (const [name, host] of Object.entries({ e1: '127.0.0.2', e2: '127.0.0.3' })) {
      const router = await startRouter({ name, host, port: 0, ...login, hostKeyPem: generateHostKey() });
      t.after(() => router.close());
      const device = ['--ip', host, '--ssh_port', String(router.port), '--login', 'lab', '--password', login.password];
      const { code, stderr } = await run('edge_router', 'create', '--name', name, ...device);
      assert.equal(code, 0, stderr);
    }
    const relations = ['--primary_router', 'e1', '--secondary_router', 'e2'];
    const own = ['--name', view.name, '--description', view.description, '--tenant_id', view.tenant_id];
    await run('ha_router', 'create', ...relations, ...own);
    let shown: typeof view;
    for (const deadline = performance.now() + 20_000; shown?.status !== 'ACTIVE'; ) {
      assert.ok(performance.now() < deadline, JSON.stringify(shown));
      shown = JSON.parse((await run('ha_router', 'show', '--output-format', 'json', view.name)).stdout).ha_router;
    }
    const { id, primary_router_id, secondary_router_id } = view;
    assert.deepEqual({ ...shown, id, primary_router_id, secondary_router_id }, view);
  });
});

describe('kamado up', () => {
  it('ends in order at a signal, and finds everything again', async (t) => {
    const data = join(temporaryFolder(t), 'data');
    const listed: string[] = [];
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      const application = await startUp(t, ['--data-dir', data]);
      const device = ['--ip', '127.0.0.1', '--ssh_port', '1', '--login', 'x', '--password', 'y'];
      const at = ['--endpoint', application.endpoint];
      if (listed.length === 0) await kamado(t, ['client', 'edge_router', 'create', '--name', 'e1', ...device, ...at]);
      listed.push((await kamado(t, ['client', 'edge_router', 'list', ...at])).stdout.replace(/PENDING\w+|ERROR/, ''));
      const before = performance.now();
      const { code, stderr } = await application.end(signal);
      assert.equal(code, 0, stderr);
      assert.ok(performance.now() - before < 2_000);
    }
    assert.match(listed[0] ?? '', /e1/);
    assert.deepEqual(listed, [listed[0], listed[0], listed[0]]);
  });

  it('ends at a signal that comes while it starts', async (t) => {
    const application = start(t, kamadoFile, ['up', '--port', '0', '--data-dir', join(temporaryFolder(t), 'data')]);
    await new Promise((resolve) => setTimeout(resolve, 250));
    const { code, stdout } = await application.end();
    // Before the first line of the program runs, the signal ends the process by itself.
    assert.ok(code === 0 || (code === null && stdout === ''), `${code} ${stdout}`);
  });

  it('says what is in use already', async (t) => {
    const folder = temporaryFolder(t);
    const one = await startUp(t, ['--data-dir', join(folder, 'one')]);
    const { port } = new URL(one.endpoint);
    const up = (...args: string[]) => kamado(t, ['up', '--log-level', 'silent', ...args]);
    assertFailed(
      await up('--port', port, '--data-dir', join(folder, 'two')),
      1,
      new RegExp(`Port ${port} on 127.0.0.1 is in use`),
    );
    assertFailed(await up('--port', '0', '--data-dir', join(folder, 'one')), 1, /is used by another process/);
    const answer = await fetch(`${one.endpoint}/readyz`);
    assert.equal(answer.status, 200);
    await answer.text();
  });

  it('refuses a store of another cluster, and a folder that is none', async (t) => {
    const folder = temporaryFolder(t);
    for (const name of ['one', 'two']) await (await startUp(t, ['--data-dir', join(folder, name)])).end();
    copyFileSync(join(folder, 'one', 'store.sqlite'), join(folder, 'two', 'store.sqlite'));
    const up = (dir: string) => kamado(t, ['up', '--port', '0', '--log-level', 'silent', '--data-dir', dir]);
    assertFailed(await up(join(folder, 'two')), 1, /The store belongs to cluster .+, the database to cluster/);
    const file = join(folder, 'file');
    writeFileSync(file, '');
    assertFailed(await up(file), 1, /cannot be used/);
  });
});
