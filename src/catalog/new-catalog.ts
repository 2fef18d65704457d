import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { errorText, isKamadoError, kamadoError, limits, makeFolder } from '../kernel/index.ts';
import { writeEditorFiles } from './editor-files.ts';

/** The starter catalogue, of which new ones are copies: its type my_service gets a name of the author's choice. */
const starter = fileURLToPath(new URL('../../../catalog/starter', import.meta.url));
/** Names that the starter itself uses, or that no type can have. */
const reservedNames = ['site', 'heat_template', 'constructor', 'prototype'];

/** The files of a new catalogue, with their sources relative to the starter; a shared file is copied. */
const files: readonly (readonly [file: string, source: string])[] = [
  ['schemas/my_services.yaml', 'schemas/my_services.yaml'],
  ['schemas/heat_template.yaml', '../common/heat_template.yaml'],
  ['templates/my_services.yaml', 'templates/my_services.yaml'],
  ['examples/my_services.yaml', 'examples/my_services.yaml'],
];

/**
 * Creates a catalogue in a folder that doesn't exist yet, or is empty. The new catalogue can be served as it is.
 * @throws USAGE for a name that a type can't have, CATALOG_UNWRITABLE
 */
export async function createCatalog(folder: string, type: string): Promise<void> {
  const plural = pluralOf(type);
  if (!isUsable(type) || plural.length > limits.nameLength) {
    const reason = `--type must be a name of lower-case letters, digits and _, at most ${limits.nameLength} long in the plural; ${type} is none, or has another meaning`;
    throw kamadoError('USAGE', { reason });
  }
  const names = new Map([
    ['my_services', plural],
    ['my_service', type],
    ['My service', titleOf(type)],
  ]);
  const named = (text: string): string =>
    text.replaceAll(/my_services?|My service/g, (name) => names.get(name) ?? name);
  try {
    makeFolder(folder);
    if ((await readdir(folder)).length > 0) {
      throw kamadoError('CATALOG_UNWRITABLE', { path: folder, reason: 'it is not empty' });
    }
    for (const [file, source] of files) {
      const text = await readFile(join(starter, source), 'utf8');
      const path = join(folder, named(file));
      makeFolder(dirname(path));
      await writeFile(path, named(text).replace(/(\$schema=)(?:\.\.\/)+/, '$1../'), { flag: 'wx' });
    }
    await writeEditorFiles(folder);
  } catch (error) {
    if (isKamadoError(error)) throw error;
    throw kamadoError('CATALOG_UNWRITABLE', { path: folder, reason: errorText(error) }, { cause: error });
  }
}

/** Whether a name can be used: YAML 1.1 reads y, no, on and the like as booleans. */
function isUsable(type: string): boolean {
  return /^[a-z][a-z0-9_]*$/.test(type) && !reservedNames.includes(type) && parse(type, { version: '1.1' }) === type;
}

/** The English plural, as far as the spelling determines it. */
export function pluralOf(name: string): string {
  if (/(?:s|x|z|ch|sh)$/.test(name)) return `${name}es`;
  return /[^aeiou]y$/.test(name) ? `${name.slice(0, -1)}ies` : `${name}s`;
}

function titleOf(type: string): string {
  const words = type.replaceAll('_', ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
