import type { Command } from 'commander';
import { catalogCheckCommand } from './catalog-check-command.ts';
import { schemaExplainCommand } from './schema-explain-command.ts';

/** `kamado schema`: what the types of a catalogue do; and the name by which `kamado catalog check` was known first. */
export function define(command: Command): void {
  command.addCommand(schemaExplainCommand()).addCommand(catalogCheckCommand());
}
