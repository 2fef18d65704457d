import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { kamadoError, type LogLevel, logLevels } from '../../kernel/index.ts';

/** The database to use. */
export type DatabaseSetting =
  | { readonly kind: 'sqlite'; readonly path: string | null }
  | { readonly kind: 'postgresql'; readonly url: string };

/** All settings, the same for every command. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  /** Endpoints of etcd as given; null: the embedded store. */
  readonly etcd: string | null;
  readonly database: DatabaseSetting;
  readonly catalog: string;
  readonly logLevel: LogLevel;
  /** The environment variables; OS_* name the cloud on which stacks are built. */
  readonly environment: { readonly [name: string]: string | undefined };
}

/** A command-line option, with the environment variable of the same meaning. */
export interface SettingOption {
  readonly name: keyof SettingTexts;
  readonly flag: string;
  readonly environment: string;
  readonly placeholder: string;
  readonly help: string;
  readonly fallback: string | null;
}

/** The settings as text, as command line and environment give them. */
export interface SettingTexts {
  readonly host: string;
  readonly port: string;
  readonly dataDir: string;
  readonly etcd: string;
  readonly database: string;
  readonly catalog: string;
  readonly logLevel: string;
}

/** The default catalogue, which ships with Kamado. */
const shippedCatalog = fileURLToPath(new URL('../../../../catalog/network-2017', import.meta.url));

/** All options, in the order of the help text. */
export const settingOptions: readonly SettingOption[] = [
  option('host', 'address to listen on', '127.0.0.1'),
  option('port', 'port to listen on', '9091'),
  option('dataDir', 'folder of the SQLite file and the embedded store', '.kamado'),
  option('etcd', 'etcd endpoints, comma-separated, https://user:password@host:port; absent: the embedded store', null),
  option('database', 'sqlite:<path> or postgres://…; absent: sqlite in the data folder', null),
  option('catalog', 'folder of the schemas and templates; absent: the one that ships', null),
  option('logLevel', `one of ${logLevels.join(', ')}`, 'info'),
];

function option(name: keyof SettingTexts, help: string, fallback: string | null): SettingOption {
  const words = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const environment = `KAMADO_${words.replaceAll('-', '_').toUpperCase()}`;
  return { name, flag: `--${words}`, environment, placeholder: words.split('-').at(-1) ?? words, help, fallback };
}

/**
 * Reads the settings from the command line, else from the environment, else the defaults.
 * @throws USAGE with the option and the fault
 */
export function readSettings(
  given: { readonly [Name in keyof SettingTexts]?: string | undefined },
  environment: { readonly [name: string]: string | undefined },
): Settings {
  const textOf = (name: keyof SettingTexts): string | null => {
    const known = settingOptions.find((candidate) => candidate.name === name);
    const fromEnvironment = known === undefined ? undefined : environment[known.environment];
    return given[name] ?? (fromEnvironment || undefined) ?? known?.fallback ?? null;
  };
  return {
    host: textOf('host') ?? '127.0.0.1',
    port: readPort(textOf('port') ?? ''),
    dataDir: withHome(textOf('dataDir') ?? '.kamado'),
    etcd: textOf('etcd'),
    database: readDatabase(textOf('database')),
    catalog: withHome(textOf('catalog') ?? shippedCatalog),
    logLevel: readLogLevel(textOf('logLevel') ?? ''),
    environment,
  };
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw kamadoError('USAGE', { reason: '--port must be an integer from 0 to 65535' });
}

function readDatabase(text: string | null): DatabaseSetting {
  if (text === null) return { kind: 'sqlite', path: null };
  if (/^postgres(?:ql)?:\/\//.test(text)) return { kind: 'postgresql', url: text };
  const path = /^sqlite:(.+)$/.exec(text)?.[1];
  if (path !== undefined) return { kind: 'sqlite', path: withHome(path) };
  throw kamadoError('USAGE', { reason: '--database must be sqlite:<path> or postgres://…' });
}

function readLogLevel(text: string): LogLevel {
  const level = logLevels.find((candidate) => candidate === text);
  if (level !== undefined) return level;
  throw kamadoError('USAGE', { reason: `--log-level must be one of ${logLevels.join(', ')}` });
}

/** A path that may begin with the home folder. */
export function withHome(path: string): string {
  return path.startsWith('~/') ? `${homedir()}${path.slice(1)}` : path;
}
