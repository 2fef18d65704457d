import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { assertFailed, kamado, startUp } from '../cli/helpers.ts';
import { mountSmallDisk, needsSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import {
  type Acknowledged,
  assertNothingLost,
  assertReadOnly,
  fillUp,
  removeTemplates,
  restAt,
  untilReady,
} from './full.ts';
import { startLabRouters } from './lab-routers.ts';

/** So that it has nothing but the data folder: there is room for some hundred templates. */
const DISK_MIB = 24;
const ROUTERS = 20;

function diskOf(t: TestContext): SmallDisk {
  const disk = mountSmallDisk(DISK_MIB);
  assert.ok(disk !== null);
  t.after(disk.remove);
  return disk;
}

test(
  'a disk that its own data fills: deletions go on, and make the room for what comes next',
  needsSmallDisk(),
  async (t) => {
    const disk = diskOf(t);
    const lab = await startLabRouters(ROUTERS);
    t.after(lab.close);
    const routers = lab.fields.values();
    const up = await startUp(t, ['--data-dir', join(disk.folder, 'data')]);
    const rest = restAt(up.endpoint);
    const filled = await fillUp(rest, routers, 'first');
    const left = await removeTemplates(rest, filled, Math.floor(filled.templates.length / 2));
    // Room comes bit by bit, as history is given up: it may be full once more before all of it is there.
    let more: Acknowledged = { templates: [], routers: [] };
    for (let round = 1; more.templates.length <= left.templates.length / 4; round++) {
      assert.ok(round <= 20, 'what was deleted made room');
      await untilReady(rest);
      const taken = await fillUp(rest, routers, `again-${round}`);
      more = { templates: [...more.templates, ...taken.templates], routers: [...more.routers, ...taken.routers] };
    }
    const rest2 = await removeTemplates(rest, { ...more, routers: [...left.routers, ...more.routers] }, 20);
    await untilReady(rest);
    await assertNothingLost(rest, { ...rest2, templates: [...left.templates, ...rest2.templates] });
    const { code, stderr } = await up.end();
    assert.equal(code, 0, stderr);
  },
);

test(
  'a disk that others fill to the last block: kill -9, a start on it, and nothing is lost',
  needsSmallDisk(),
  async (t) => {
    const disk = diskOf(t);
    const data = join(disk.folder, 'data');
    const lab = await startLabRouters(ROUTERS);
    t.after(lab.close);
    const routers = lab.fields.values();
    let up = await startUp(t, ['--data-dir', data]);
    let rest = restAt(up.endpoint);
    const filled = await fillUp(rest, routers, 'first');
    disk.fill();
    await assertReadOnly(rest, filled);
    const left = await removeTemplates(rest, filled, 30);
    await up.end('SIGKILL');
    disk.fill();
    up = await startUp(t, ['--data-dir', data]);
    rest = restAt(up.endpoint);
    await assertReadOnly(rest, left);
    const rest2 = await removeTemplates(rest, left, 10);
    disk.empty();
    await untilReady(rest);
    await assertNothingLost(rest, rest2);
    assert.equal(up.output().stderr.split('It failed').length, 1);
  },
);

test('a first start on a full disk says so', needsSmallDisk(), async (t) => {
  const disk = diskOf(t);
  disk.fill();
  const ended = await kamado(t, ['up', '--port', '0', '--data-dir', join(disk.folder, 'data')]);
  assertFailed(ended, 1, /full/);
  assert.equal(existsSync(join(disk.folder, 'data', 'reserve')), false);
});
