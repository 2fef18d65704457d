import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { errorText, kamadoError, writeTextFile } from '../kernel/index.ts';
import { catalogCheckCommand } from './catalog-check-command.ts';
import { catalogTestCommand } from './catalog-test-command.ts';
import { newCommand, optionOf, settingsOf } from './common-options.ts';
import { print } from './output.ts';

/** `kamado catalog`: for those who write catalogues. */
export function define(command: Command): void {
  command
    .addCommand(newCatalogCommand())
    .addCommand(catalogCheckCommand())
    .addCommand(catalogTestCommand())
    .addCommand(docsCommand())
    .addCommand(editorCommand())
    .addCommand(typesCommand());
}

function newCatalogCommand(): Command {
  const command = newCommand('new')
    .description('make a catalogue that serves as it is, to begin with')
    .argument('<folder>', 'folder to make')
    .option('--type <name>', 'what its type is called, in the singular: vpn_gateway', 'my_service');
  return command.action(async (folder: string) => {
    const { createCatalog } = await import('../catalog/index.ts');
    const type = optionOf(command, 'type') ?? '';
    await createCatalog(folder, type);
    print(`${folder}: a catalogue with the type ${type}. What to do with it:`);
    print(`  kamado catalog check ${folder}`);
    print(`  kamado catalog test ${folder}`);
    print(`  kamado up --catalog ${folder}`);
  });
}

function docsCommand(): Command {
  const command = newCommand('docs')
    .description('write the reference of a catalogue as Markdown')
    .argument('[folder]', 'folder or schema file; absent: --catalog')
    .option('--out <file>', 'the file to write; absent: standard output');
  return command.action(async (folder: string | undefined) => {
    const { loadCatalog } = await import('../catalog/index.ts');
    const { catalogReference } = await import('../explain/index.ts');
    const path = folder ?? settingsOf(command).catalog;
    const reference = catalogReference(basename(resolve(path)), await loadCatalog(path));
    const file = optionOf(command, 'out');
    if (file === undefined) return print(reference.trimEnd());
    try {
      await writeTextFile(file, reference);
    } catch (error) {
      throw kamadoError('FILE_UNWRITABLE', { path: file, reason: errorText(error) }, { cause: error });
    }
  });
}

function editorCommand(): Command {
  const command = newCommand('editor')
    .description('write the JSON Schemas by which editors complete and explain schema files, for this version')
    .argument('<folder>', 'the catalogue, in which they get the folder editor');
  return command.action(async (folder: string) => {
    const { writeEditorFiles } = await import('../catalog/index.ts');
    for (const file of await writeEditorFiles(folder)) print(file);
  });
}

function typesCommand(): Command {
  const command = newCommand('types')
    .description('write the TypeScript types that hooks are checked against')
    .argument('<folder>', 'the catalogue, which gets types.ts and editor/kamado.d.ts');
  return command.action(async (folder: string) => {
    const { readSchemas } = await import('../catalog/index.ts');
    const { writeTypeDeclarations } = await import('../catalog/index.ts');
    for (const file of await writeTypeDeclarations(folder, await readSchemas(folder))) print(file);
  });
}
