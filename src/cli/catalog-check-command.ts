import type { Command } from 'commander';
import { newCommand, settingsOf } from './common-options.ts';
import { note, print, printable } from './output.ts';

/** `kamado catalog check`: whether a catalogue can be served, and what is wrong with it. */
export function catalogCheckCommand(): Command {
  const check = newCommand('check')
    .description('read a catalogue and list all its faults, or what it holds')
    .argument('[folder]', 'folder or schema file; absent: --catalog');
  return check.action(async (folder: string | undefined) => {
    const { checkCatalog } = await import('../catalog/index.ts');
    const settings = settingsOf(check);
    const path = folder ?? settings.catalog;
    // Where etcd is named, workers with other handlers may come to it.
    const { model, rows, warnings, fault } = await checkCatalog(path, { othersMayCome: settings.etcd !== null });
    for (const warning of warnings) note(`warning: ${printable(warning)}`);
    if (fault !== null) throw fault;
    const relations = [...model.referrers.values()].reduce((sum, referrers) => sum + referrers.length, 0);
    print(`${path}: no faults${warnings.length === 0 ? '' : `, ${count(warnings.length, 'warning')}`}`);
    print(
      `  ${count(model.types.size, 'type')}, ${count(relations, 'relation')}, ${count(rows.length, 'initial row')}`,
    );
  });
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
