import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

/** Firewalls at sites, with the actions as they were recorded. */
export const firewallSchemas = `
schemas:
  - id: site
    singular: site
    plural: sites
    title: Site
    description: A place.
    prefix: /v2.0
    schema:
      type: object
      properties:
        id: { title: ID, description: ID, type: string, permission: [create], unique: true }
        name: { title: Name, description: Name, type: string, permission: [create, update], unique: true }
        firewalls: { title: Firewalls, description: How many are there, type: integer, default: 0 }
  - id: firewall
    singular: firewall
    plural: firewalls
    title: Firewall
    description: A firewall at a site.
    prefix: /v2.0
    metadata: { state_versioning: true, two_step_deletion: false }
    schema:
      type: object
      properties:
        id: { title: ID, description: ID, type: string, permission: [create], unique: true }
        name: { title: Name, description: Name, type: string, permission: [create, update] }
        site_id: { title: Site, description: Where, type: [string, 'null'], relation: site, permission: [create] }
        size: { title: Size, description: Size, type: string, enum: [small, large], default: small, permission: [create, update] }
        rules:
          title: Rules
          description: What passes.
          type: array
          default: []
          permission: [create, update]
          items: { type: object, properties: { port: { type: integer }, 'is:open': { type: boolean } }, required: [port] }
        serial: { title: Serial, description: Given by the server, type: [string, 'null'] }
        reboots: { title: Reboots, description: How often, type: integer, default: 0 }
        note: { title: Note, description: What happened last, type: [string, 'null'] }
    actions:
      reboot:
        path: /:id/reboot
        method: POST
        input:
          type: object
          title: Reboot options
          additionalProperties: false
          properties: { type: { type: string, title: Type, enum: [HARD] } }
      reset_password:
        path: /:id/reset_password
        method: POST
        input:
          type: object
          title: Reset password options
          additionalProperties: false
          required: [username]
          properties:
            username: { type: string, title: Username }
            password: { type: string, title: New Password }
        output:
          type: object
          title: Reset password output
          additionalProperties: false
          properties:
            username: { type: string, title: Username }
            new_password: { type: string, title: New Password }
      close_all:
        path: /close_all
        method: POST
        output: { type: object, required: [closed], properties: { closed: { type: integer } } }
`;

/** Hooks for the actions, which each catalogue of these schemas needs. */
export const actionHooks = `
import { defineHooks, refuse } from 'kamado';
import type { Types } from '../types.ts';

export const actions = defineHooks<Types, 'firewall'>('firewall', {
  actions: {
    async reboot({ resource, input, transaction }) {
      if (resource.size === 'large' && input.type !== 'HARD') {
        throw refuse({ status: 409, code: 'FIREWALL_BUSY', message: 'It is busy.', remedy: 'Reboot it HARD.' });
      }
      await transaction(function* (tx) {
        yield* tx.update('firewall', resource.id, { reboots: resource.reboots + 1 });
      });
    },
    reset_password({ input }) {
      return { username: input.username, new_password: input.password ?? 'made-up' };
    },
    async close_all({ transaction }) {
      return await transaction(function* (tx) {
        const all = yield* tx.list('firewall', {});
        for (const { id } of all) yield* tx.update('firewall', id, { rules: [] });
        return { closed: all.length };
      });
    },
  },
});
`;

/** A catalogue in a folder of its own, which ends with the test. */
export function catalogFolder(t: TestContext, files: { readonly [path: string]: string }): string {
  const parent = mkdtempSync(join(tmpdir(), 'kamado-hooks-'));
  t.after(() => rmSync(parent, { recursive: true, force: true }));
  const folder = join(parent, 'shop');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** The catalogue of firewalls with more modules of hooks. */
export function firewallCatalog(t: TestContext, hooks: { readonly [name: string]: string } = {}): string {
  const modules = Object.entries(hooks).map(([name, text]) => [`hooks/${name}`, text]);
  return catalogFolder(t, {
    'schemas/firewalls.yaml': firewallSchemas,
    'hooks/actions.ts': actionHooks,
    ...Object.fromEntries(modules),
  });
}

/** A module with hooks of firewalls. */
export function hooksOf(text: string, type = 'firewall'): string {
  return `import { defineHooks, refuse } from 'kamado';\nexport const hooks = defineHooks('${type}', {\n${text}\n});\n`;
}
