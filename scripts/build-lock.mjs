// A lock among processes: a folder that one of them can make, with the process id of its owner.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
    if (isStale(path) && discard(path)) continue;
    if (Date.now() > deadline) throw new Error(`${path} is held for too long: end its owner, or remove it.`);
    await pause(LOOK_AGAIN_MS);
  }
  try {
    return await task();
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

function take(path) {
  if (!make(path)) return false;
  writeFileSync(join(path, 'pid'), String(process.pid));
  return true;
}

/** Makes a folder; false if it is there. */
function make(path) {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function isStale(path) {
  const owner = ownerOf(path);
  return owner === null ? ageMs(path) > OWNERLESS_MS : !isAlive(owner);
}

/** One process at a time looks again and removes it: what another one has taken meanwhile stays. False if it was another's turn. */
function discard(path) {
  const turn = `${path}.discarding`;
  if (!make(turn)) {
    if (ageMs(turn) > OWNERLESS_MS) rmSync(turn, { recursive: true, force: true });
    return false;
  }
  try {
    if (isStale(path)) rmSync(path, { recursive: true, force: true });
    return true;
  } finally {
    rmSync(turn, { recursive: true, force: true });
  }
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
