import { readFileSync } from 'node:fs';
import { limits } from '../../kernel/index.ts';

/**
 * The number of connections that clients may have: so few that open files are left for the databases, etcd, devices and
 * clouds. If the system doesn't report a limit of open files, the number in `limits`.
 */
export function clientConnections(most: number | null = openFileLimit()): number {
  if (most === null) return limits.connections;
  const left = Math.max(most - limits.filesForOthers, Math.floor(most / 2));
  return Math.min(limits.connections, left);
}

function openFileLimit(): number | null {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return found === null ? null : Number(found[1]);
  } catch {
    return null;
  }
}
