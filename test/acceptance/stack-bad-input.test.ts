import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { JsonObject } from '../../src/kernel/json.ts';
import { heatAvailable, startHeat, type TestHeat } from '../support/openstack.ts';
import { needs } from '../support/services.ts';
import { type ApplicationHere, startApplicationHere } from './application-here.ts';
import { objectOf, textOf, untilStatus } from './rest.ts';
import { CRATES, environmentOf } from './stack-application.ts';
import { writeStackCatalog } from './stack-catalog.ts';

const header = 'heat_template_version: 2015-04-30\n';

/** Templates that can't become stacks, and what is said of each. */
const bad: readonly {
  readonly what: string;
  readonly file: string;
  readonly says: RegExp;
  readonly mappings?: JsonObject;
}[] = [
  {
    what: 'a Jinja tag that is not closed',
    file: `${header}{% for x in jinja_parts %}`,
    says: /Template bad-0, line \d: /,
  },
  {
    what: 'what Jinja2 does not have',
    file: `${header}# {{ jinja_parts | nonsense }}\n`,
    says: /Template bad-1, line 2: .*nonsense/,
  },
  { what: 'broken YAML', file: `${header}resources: [1\n`, says: /Template bad-2, line \d: / },
  { what: 'no HOT template', file: 'just: text\n', says: /was refused: .*(template|version)/i },
  {
    what: 'an unknown resource type',
    file: `${header}resources:\n  it: { type: OS::No::Such }\n`,
    says: /was refused: .*OS::No::Such/,
  },
  {
    what: 'a missing parameter',
    file: `${header}parameters:\n  needed: { type: string }\n`,
    says: /was refused: .*needed.*(missing|not provided)/i,
  },
  {
    what: 'a parameter that the template does not declare',
    file: header,
    mappings: { surplus: 'Plabel' },
    says: /was refused: .*surplus/,
  },
  {
    what: 'a property of the wrong type',
    file: `${header}resources:\n  it: { type: OS::Heat::TestResource, properties: { wait_secs: soon } }\n`,
    says: /was refused: .*(wait_secs|integer|number)/i,
  },
  {
    what: 'a parameter of the wrong type',
    file: `${header}parameters:\n  password: { type: number, hidden: true }\n`,
    mappings: { password: 'Ppassword' },
    says: /was refused: .*password/i,
  },
  {
    what: 'an output that does not exist',
    file: `${header}# nothing\n`,
    mappings: { label: 'Mcrate:on_id:nope' },
    says: /output nope of crate/,
  },
  { what: 'no template at all', file: '', says: /template/i },
];

describe(
  'what can’t become a stack is a clear error in /state, and harms nobody else',
  needs('heat', heatAvailable()),
  () => {
    const project = `bad-${randomUUID()}`;
    let heat: TestHeat;
    let application: ApplicationHere;
    let folder: string;
    let base: string;

    before(async () => {
      heat = await startHeat();
      folder = await mkdtemp(join(tmpdir(), 'kamado-stack-bad-'));
      const catalog = await writeStackCatalog(folder);
      application = await startApplicationHere(
        { dataDir: join(folder, 'data'), catalog },
        undefined,
        environmentOf(heat.endpoint),
      );
      base = textOf((await application.rest.create(CRATES, { tenant_id: project })).id);
      await untilStatus(application.rest, `${CRATES}/${base}`, 'ACTIVE');
    });
    after(async () => {
      await application.close();
      await heat.stop();
      await rm(folder, { recursive: true, force: true });
    });

    for (const [i, { what, file, says, mappings = {} }] of bad.entries()) {
      test(what, async () => {
        const { rest } = application;
        const kind = `bad-${i}`;
        const template = { id: kind, handler: 'heat_worker', template_file: file, parameter_mappings: mappings };
        const made = await rest.call('POST', '/v2.0/heat_templates', { heat_template: template });
        assert.equal(made.status, 201, JSON.stringify(made.body));
        const fields = { tenant_id: project, kind, on_id: base, password: 'hunter22' };
        const id = textOf((await rest.create(CRATES, fields)).id);
        const good = textOf((await rest.create(CRATES, { tenant_id: project })).id);
        await untilStatus(rest, `${CRATES}/${id}`, 'ERROR');
        const [entry] = await rest.store(`/state${CRATES}/${id}`);
        const state = objectOf(JSON.parse(textOf(entry?.value)));
        assert.match(textOf(state.error), says);
        assert.doesNotMatch(textOf(state.error), /Traceback|hunter22|\n\s+at /);
        assert.equal(objectOf(state.state).worker_state, 'CREATE_ERROR');
        await untilStatus(rest, `${CRATES}/${good}`, 'ACTIVE');
        // What never came to be is removed without ado.
        assert.equal((await rest.call('DELETE', `${CRATES}/${id}`)).status, 204);
      });
    }

    test('nothing else went wrong', () => assert.deepEqual(application.fatal, []));
  },
);
