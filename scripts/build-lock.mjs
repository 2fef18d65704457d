// A lock among processes: a folder that one of them can make, with the process id of its owner.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_AGAIN_MS = 100;
/** From making the folder to writing the owner into it. */
const OWNERLESS_MS = 5_000;
/** A slow network and a slow machine; beyond it something is stuck. */
const PATIENCE_MS = 10 * 60_000;

/** Runs `task` while holding the lock; waits while another process holds it. A lock of a dead process is taken over. */
export async function withLock(path, task) {
  mkdirSync(dirname(path), { recursive: true });
  const deadline = Date.now() + PATIENCE_MS;
  while (!take(path)) {
    if (isStale(path)) discard(path);
    else if (Date.now() > deadline) throw new Error(`${path} is held for too long: end its owner, or remove it.`);
    else await pause(LOOK_AGAIN_MS);
  }
  try {
    return await task();
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

function take(path) {
  try {
    mkdirSync(path);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(join(path, 'pid'), String(process.pid));
  return true;
}

function isStale(path) {
  const owner = ownerOf(path);
  return owner === null ? ageMs(path) > OWNERLESS_MS : !isAlive(owner);
}

/** Renamed first: of several that discard it, one wins. */
function discard(path) {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  rmSync(aside, { recursive: true, force: true });
}

function ownerOf(path) {
  try {
    const pid = Number(readFileSync(join(path, 'pid'), 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

function ageMs(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch (error) {
    if (error.code === 'ENOENT') return 0;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
