import type { Command } from 'commander';
import { catalogCheckCommand } from './catalog-check-command.ts';
import { newCommand } from './common-options.ts';

/** `kamado schema check`: the name by which `kamado catalog check` was known first; scripts go on using it. */
export function schemaCommand(): Command {
  return newCommand('schema').description('the same as catalog check').addCommand(catalogCheckCommand());
}
