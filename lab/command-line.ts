import { type ParseArgsConfig, parseArgs } from 'node:util';
import { errorText, kamadoError } from '../src/kernel/index.ts';

/** Parses the options in the arguments of a command. @throws USAGE for an argument that isn't an option */
export function parseLine<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
): ReturnType<typeof parseArgs<{ args: string[]; options: Options }>>['values'] {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw kamadoError('USAGE', { reason: errorText(error) }, { cause: error });
  }
}
