import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { anchorsOf, code, plain } from '../../src/explain/markdown.ts';
import { catalogReference } from '../../src/explain/reference.ts';
import { writeLoadCatalog } from '../acceptance/kill-under-load-catalog.ts';
import { writeStackCatalog } from '../acceptance/stack-catalog.ts';
import { folderOf, shipped, shippedNames } from './catalog-files.ts';
import { skipWithoutTraces, traces } from './recordings.ts';

const golden = join(process.cwd(), 'test', 'schema', 'golden');

/** Checks a reference as a reader would: links lead somewhere, tables are even, the diagram's nodes are declared. */
function assertSound(reference: string): void {
  const parts = reference.split(/^```(?:mermaid)?$/m);
  const [before = '', diagram = '', after = '', ...others] = parts;
  assert.deepEqual(others, []);
  const prose = before + after;
  const headings = [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  const anchors = new Set(anchorsOf(headings));
  assert.equal(anchors.size, headings.length);
  const targets = [...prose.matchAll(/(?<!\\)\]\(([^)]*)\)/g)].map(([, target = '']) => target);
  assert.ok(targets.length > 0);
  for (const target of targets) assert.ok(anchors.has(target.replace(/^#/, '')), `${target} leads nowhere`);
  assertTables(prose);
  assertDiagram(diagram);
}

function assertTables(prose: string): void {
  let columns: number | null = null;
  for (const line of prose.split('\n')) {
    const cells = line.startsWith('|') ? line.split(/(?<!\\)\|/).length : null;
    if (columns !== null && cells !== null) assert.equal(cells, columns, line);
    columns = cells;
  }
}

function assertDiagram(diagram: string): void {
  const [kind, ...lines] = diagram.trim().split('\n');
  assert.equal(kind, 'flowchart LR');
  const declared = new Set<string>();
  for (const line of lines) {
    const node = /^ {2}(\w+)(?:\["[^"]+"\]|\(\["[^"]+"\]\))$/.exec(line)?.[1];
    if (node !== undefined) {
      assert.ok(!declared.has(node), line);
      declared.add(node);
      continue;
    }
    const edge = /^ {2}(\w+) (?:(?:-->|==>|-\.->)\|"[^"]+"\||-\.->) (\w+)$/.exec(line);
    assert.ok(edge !== null, line);
    for (const end of edge.slice(1)) assert.ok(declared.has(end), `${end} is not declared: ${line}`);
  }
}

test('the reference of a small catalogue is as it was', async () => {
  const reference = catalogReference('small', await loadCatalog(join(golden, 'small')));
  assert.equal(reference, readFileSync(join(golden, 'small.md'), 'utf8'));
  assertSound(reference);
});

test('nothing of a secret is said: no default, no constant, no choice', async () => {
  const reference = catalogReference('small', await loadCatalog(join(golden, 'small')));
  assert.doesNotMatch(reference, /hunter/);
});

test('every catalogue that ships, and those of the tests, have a sound reference', async (context) => {
  const folder = await folderOf(context);
  const paths = (await shippedNames()).map(shipped);
  assert.ok(paths.length >= 4);
  for (const path of [...paths, await writeLoadCatalog(folder), await writeStackCatalog(folder)]) {
    const reference = catalogReference('x', await loadCatalog(path));
    assertSound(reference);
    assert.equal(catalogReference('x', await loadCatalog(path)), reference);
  }
});

test('so have the recorded schemas', { skip: skipWithoutTraces }, async () => {
  assertSound(catalogReference('recorded', await loadCatalog(join(traces, 'schemas.json'))));
});

test("somebody's text stays text in Markdown, and headings have anchors of their own", () => {
  assert.equal(plain(' a\n b_c _d_ *e* <f> [g](h) `i` '), 'a b_c \\_d\\_ \\*e\\* &lt;f> \\[g\\](h) \\`i\\`');
  assert.equal(plain('- no list'), '\\- no list');
  assert.equal(code('a`b'), '`` a`b ``');
  assert.equal(code(''), '`  `');
  assert.deepEqual(anchorsOf(['HA router', 'ha_router', 'ha router', 'x.y']), [
    'ha-router',
    'ha_router',
    'ha-router-1',
    'xy',
  ]);
});
