import { type SettingTexts, settingOptions } from '../../app/settings/index.ts';
import { kamadoError } from '../../kernel/index.ts';

/** The verbs of a type. */
export const verbs = ['list', 'show', 'create', 'set', 'delete'] as const;
export type Verb = (typeof verbs)[number];

/** Parameters of a list that are no properties. */
export const listParameters = ['limit', 'offset', 'sort_key', 'sort_order', 'search_field', 'any_of'] as const;

/** Opens what is masked. */
const SHOW_SECRETS = '--show-secrets';

/** The words after the type on the command line. */
export interface ClientLine {
  readonly help: boolean;
  readonly showSecrets: boolean;
  /** Kamado's own options by name, in the spelling of the code: 'endpoint', 'outputFormat', 'logLevel'. */
  readonly options: ReadonlyMap<OwnOption, string>;
  /** Properties and list parameters as they were given, in order. */
  readonly fields: readonly Field[];
  /** The verb, and the id or name. */
  readonly words: readonly string[];
}

/** `--name value`. */
export interface Field {
  readonly name: string;
  readonly text: string;
}

export type OwnOption = keyof SettingTexts | 'endpoint' | 'outputFormat';

const ownOptions: ReadonlyMap<string, OwnOption> = new Map([
  ...settingOptions.map(({ flag, name }) => [flag, name] as const),
  ['--endpoint', 'endpoint'],
  ['--output-format', 'outputFormat'],
]);

/**
 * Takes apart what stands behind the type. Options that all commands have are Kamado's, every other one is a property;
 * behind `--` every option is a property, also one that is called like an option of Kamado.
 * @throws USAGE
 */
export function parseClientLine(args: readonly string[]): ClientLine {
  const end = args.indexOf('--');
  const before = split(end < 0 ? args : args.slice(0, end), ['--help', SHOW_SECRETS]);
  const behind = split(end < 0 ? [] : args.slice(end + 1), ['--help']);
  const options = new Map<OwnOption, string>();
  const fields: Field[] = [];
  for (const { flag, text } of before.flags) {
    const own = ownOptions.get(flag);
    if (own === undefined) fields.push({ name: flag.slice(2), text });
    else options.set(own, text);
  }
  fields.push(...behind.flags.map(({ flag, text }) => ({ name: flag.slice(2), text })));
  const isHelp = (word: string): boolean => word === '--help' || word === '-h';
  return {
    help: before.words.some(isHelp),
    showSecrets: before.words.includes(SHOW_SECRETS),
    options,
    fields,
    words: [...before.words.filter((word) => !isHelp(word) && word !== SHOW_SECRETS), ...behind.words],
  };
}

interface Split {
  readonly flags: readonly { readonly flag: string; readonly text: string }[];
  readonly words: readonly string[];
}

/** `--flag value` and `--flag=value`, and what stands alone; --help and --show-secrets take no value. */
function split(args: readonly string[], alone: readonly string[]): Split {
  const flags: { readonly flag: string; readonly text: string }[] = [];
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (!arg.startsWith('--') || alone.includes(arg)) {
      words.push(arg);
      continue;
    }
    const at = arg.indexOf('=');
    const flag = at < 0 ? arg : arg.slice(0, at);
    const text = at < 0 ? args[++i] : arg.slice(at + 1);
    if (text === undefined) throw kamadoError('USAGE', { reason: `${flag} needs a value` });
    flags.push({ flag, text });
  }
  return { flags, words };
}
