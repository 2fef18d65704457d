import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

/** Writes files below a new folder and gives its path; it goes with the test. */
export async function folderOf(context: TestContext, files: { readonly [path: string]: string } = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kamado-catalog-'));
  context.after(() => rm(folder, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

/** The folder of what ships. */
export const shippedFolder = join(process.cwd(), 'catalog');

/** The path of a catalogue that ships. */
export function shipped(name: string): string {
  return join(shippedFolder, name);
}

/** Every catalogue that ships: what has schemas. */
export async function shippedNames(): Promise<readonly string[]> {
  const entries = await readdir(shippedFolder, { recursive: true });
  return entries.flatMap((entry) => /^([^/\\]+)[/\\]schemas$/.exec(entry)?.[1] ?? []).sort();
}

/** The type of templates, as a schema file has it in its list of schemas. */
export const templateSchema = `
  - id: heat_template
    singular: heat_template
    plural: heat_templates
    title: Template
    schema:
      type: object
      properties:
        handler: { type: string, permission: [create] }
        parameter_mappings: { type: object, permission: [create] }
        template_file: { type: string, permission: [create] }
`;
