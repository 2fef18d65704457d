import type { Command } from 'commander';
import { newCommand, settingsOf } from './common-options.ts';
import { note, print, printable } from './output.ts';

/** `kamado schema check`: whether a catalogue can be served. */
export function schemaCommand(): Command {
  const check = newCommand('check')
    .description('read a catalogue and list all its faults, or what it holds')
    .argument('[path]', 'folder or schema file; absent: --catalog');
  check.action(async (path: string | undefined) => {
    const { loadCatalog } = await import('../app/catalog.ts');
    const settings = settingsOf(check);
    const { model, rows } = await loadCatalog(path ?? settings.catalog);
    for (const warning of model.warnings) note(`warning: ${printable(warning)}`);
    const relations = [...model.referrers.values()].reduce((sum, referrers) => sum + referrers.length, 0);
    print(`${path ?? settings.catalog}: no faults`);
    print(
      `  ${count(model.types.size, 'type')}, ${count(relations, 'relation')}, ${count(rows.length, 'initial row')}`,
    );
  });
  return newCommand('schema').description('work on schema files').addCommand(check);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
