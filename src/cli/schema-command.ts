import type { Command } from 'commander';
import { catalogCheckCommand } from './catalog-check-command.ts';
import { newCommand } from './common-options.ts';
import { schemaExplainCommand } from './schema-explain-command.ts';

/** `kamado schema`: what the types of a catalogue do; and the name by which `kamado catalog check` was known first. */
export function schemaCommand(): Command {
  return newCommand('schema')
    .description('explain a type; check is the same as catalog check')
    .addCommand(schemaExplainCommand())
    .addCommand(catalogCheckCommand());
}
