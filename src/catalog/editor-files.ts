import { join } from 'node:path';
import { errorText, kamadoError, makeFolder, writeTextFile } from '../kernel/index.ts';
import { rowFileSchema, schemaFileSchema } from '../schema/index.ts';
import { exampleFileSchema } from './examples/example-schema.ts';

/** The folder beside `schemas` and `templates` that files of a catalogue name in their first line. */
export const EDITOR_FOLDER = 'editor';

/** JSON Schemas for editors, by the names of their files. */
export const editorFiles: ReadonlyMap<string, string> = new Map([
  ['schemas.schema.json', `${JSON.stringify(schemaFileSchema, null, 2)}\n`],
  ['templates.schema.json', `${JSON.stringify(rowFileSchema, null, 2)}\n`],
  ['examples.schema.json', `${JSON.stringify(exampleFileSchema, null, 2)}\n`],
]);

/** Writes these files into the catalogue `folder`, replacing older ones. Returns the paths. @throws FILE_UNWRITABLE */
export async function writeEditorFiles(folder: string): Promise<readonly string[]> {
  const target = join(folder, EDITOR_FOLDER);
  try {
    makeFolder(target);
    for (const [name, text] of editorFiles) await writeTextFile(join(target, name), text);
  } catch (error) {
    throw kamadoError('FILE_UNWRITABLE', { path: target, reason: errorText(error) }, { cause: error });
  }
  return [...editorFiles.keys()].map((name) => join(target, name));
}
