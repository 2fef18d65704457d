import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { errorText, kamadoError, makeFolder, readTextFileSync } from '../src/kernel/index.ts';

/** A private key is a few hundred bytes. */
const HOST_KEY_BYTES = 16 * 1024;

/**
 * Returns the private host key of a router, in OpenSSH format: the one in `<folder>/<name>.hostkey`, or a new one that
 * is stored there. Only the owner can read folder and file (0700, 0600). Throws DATA_FOLDER_UNUSABLE.
 */
export function hostKeyOf(folder: string, name: string): string {
  const path = join(folder, `${name}.hostkey`);
  try {
    makeFolder(folder, 0o700);
    const found = readKey(path) ?? keepKey(path, generateHostKey());
    chmodSync(path, 0o600);
    if (isHostKey(found)) return found;
  } catch (error) {
    throw kamadoError('DATA_FOLDER_UNUSABLE', { path: folder, reason: errorText(error) }, { cause: error });
  }
  throw kamadoError('DATA_FOLDER_UNUSABLE', { path: folder, reason: `${name}.hostkey holds no private key` });
}

/** A new ed25519 key in OpenSSH format. */
export function generateHostKey(): string {
  for (;;) {
    const key = ssh2.utils.generateKeyPairSync('ed25519').private;
    // The library drops leading zeros: about one key in 256 is malformed.
    if (isHostKey(key)) return key;
  }
}

function isHostKey(text: string): boolean {
  const key = ssh2.utils.parseKey(text);
  return !(key instanceof Error) && key.isPrivateKey();
}

function readKey(path: string): string | undefined {
  try {
    return readTextFileSync(path, HOST_KEY_BYTES);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * Writes a separate file and links it, so that no process reads a partial key, and two processes that start at once get
 * the same one.
 */
function keepKey(path: string, key: string): string {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, key, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, path);
    return key;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return readTextFileSync(path, HOST_KEY_BYTES);
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Whether an error of the system has that code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
