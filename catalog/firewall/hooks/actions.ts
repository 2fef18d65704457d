import { randomInt } from 'node:crypto';
import { defineHooks, refuse } from 'kamado';
import type { Firewall, Types } from '../types.ts';

export const actions = defineHooks<Types, 'firewall'>('firewall', {
  actions: {
    async reboot({ resource, input, transaction }) {
      await transaction((tx) => tx.update('vnf_instance', resource.vnf_instance_id, { reboot: input.type ?? 'SOFT' }));
    },

    async reset_password({ id, resource, input, transaction }) {
      const property = passwordOf(resource, input.username);
      const password = input.password ?? newPassword();
      await transaction((tx) => tx.update('firewall', id, { [property]: password }));
      return { username: input.username, new_password: password };
    },
  },
});

/** The property that holds the password of a user of the firewall. */
function passwordOf(firewall: Firewall, username: string): 'user_password' | 'admin_password' | 'other_password' {
  if (username === firewall.user_username) return 'user_password';
  if (username === firewall.admin_username) return 'admin_password';
  if (username === firewall.other_username) return 'other_password';
  throw refuse({
    status: 409,
    code: 'NO_SUCH_USER',
    message: `The firewall has no user ${username}.`,
    remedy: 'GET the firewall for the names of its users.',
  });
}

const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';

function newPassword(): string {
  return Array.from({ length: 12 }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}
