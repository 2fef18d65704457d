import { Command, Option } from 'commander';
import { readSettings, type Settings, type SettingTexts, settingOptions } from '../app/settings/index.ts';
import { kamadoError } from '../kernel/index.ts';
import { productVersion } from './version.ts';

/** The formats in which results are printed. */
export const outputFormats = ['table', 'json'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** Makes a command that takes the settings that all commands take, --help and --version. */
export function newCommand(name: string): Command {
  const command = new Command(name)
    .version(productVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .showHelpAfterError(false)
    .enablePositionalOptions()
    .exitOverride()
    // The caller of the command reports the error, once.
    .configureOutput({ outputError: () => {} });
  for (const { flag, placeholder, help, environment, fallback } of settingOptions) {
    const hint = fallback === null ? environment : `${environment}, default ${fallback}`;
    command.option(`${flag} <${placeholder}>`, `${help} (${hint})`);
  }
  return command;
}

/** Adds the option that names the server. */
export function withEndpoint(command: Command): Command {
  return command.option(
    '--endpoint <url>',
    'the server (KAMADO_ENDPOINT or GOHAN_ENDPOINT_URL, default http://<host>:<port>)',
  );
}

/** Adds the option that says how results are printed. */
export function withOutputFormat(command: Command): Command {
  const option = new Option('--output-format <format>', 'how the result is printed');
  return command.addOption(option.choices(outputFormats).default('table'));
}

/** The settings of a command: its options, those given before its name, the environment, the defaults. @throws USAGE */
export function settingsOf(command: Command, fallbacks: Partial<SettingTexts> = {}): Settings {
  return readSettings(settingTexts(command, fallbacks), process.env);
}

function settingTexts(command: Command, fallbacks: Partial<SettingTexts>): Partial<SettingTexts> {
  return Object.fromEntries(
    settingOptions.flatMap(({ name, environment }) => {
      const value = optionOf(command, name) ?? (process.env[environment] ? undefined : fallbacks[name]);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The text of an option, given behind the command's name or before it. */
export function optionOf(command: Command, name: string): string | undefined {
  for (let current: Command | null = command; current !== null; current = current.parent) {
    const value: unknown = current.getOptionValue(name);
    if (typeof value === 'string') return value;
  }
  return undefined;
}

/** @throws USAGE */
export function outputFormatOf(text: string | undefined): OutputFormat {
  const format = outputFormats.find((candidate) => candidate === (text ?? 'table'));
  if (format !== undefined) return format;
  throw kamadoError('USAGE', { reason: `--output-format must be one of ${outputFormats.join(', ')}` });
}
