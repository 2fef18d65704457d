import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of a few MiB. */
export interface SmallDisk {
  readonly folder: string;
  /** Fills it up to the last block with a file of somebody else. */
  readonly fill: () => void;
  /** Removes that file. */
  readonly empty: () => void;
  /** Makes the disk larger. */
  readonly grow: (megabytes: number) => void;
  readonly remove: () => void;
}

const BLOCK = Buffer.alloc(4096, 'x');

/** Mounts a disk of that size in memory; null where that isn't allowed. */
export function mountSmallDisk(megabytes: number): SmallDisk | null {
  const folder = mkdtempSync(join(tmpdir(), 'kamado-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return null;
  }
  const foreign = join(folder, 'foreign');
  return {
    folder,
    fill: () => {
      const file = openSync(foreign, 'a');
      try {
        for (;;) writeSync(file, BLOCK);
      } catch {
        closeSync(file);
      }
    },
    empty: () => rmSync(foreign, { force: true }),
    grow: (size) => {
      execFileSync('mount', ['-o', `remount,size=${size}m`, folder]);
    },
    remove: () => {
      execFileSync('umount', ['-l', folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Options of a test that needs one: a reason to skip where it can't be had. */
export function needsSmallDisk(): { readonly skip?: string } {
  const disk = mountSmallDisk(1);
  disk?.remove();
  return disk === null ? { skip: 'mounting a small disk is not allowed here' } : {};
}
