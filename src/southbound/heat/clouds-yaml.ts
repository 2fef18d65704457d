import { type Document, LineCounter, parseDocument } from 'yaml';
import { isJsonObject, type Json, type JsonObject, limits } from '../../kernel/index.ts';
import { type CloudField, type CloudReading, cloudFault, cloudOf } from './cloud-settings.ts';

/** A file and its text. */
export interface CloudsFile {
  readonly path: string;
  readonly text: string;
}

type Path = readonly [string, ...string[]];

/** The places of each field in a cloud. The first non-empty place counts. */
const places: { readonly [Field in CloudField]: readonly [Path, ...Path[]] } = {
  authType: [['auth_type']],
  authUrl: [['auth', 'auth_url']],
  endpoint: [['auth', 'endpoint'], ['endpoint']],
  username: [['auth', 'username']],
  userId: [['auth', 'user_id']],
  password: [['auth', 'password']],
  userDomainName: [['auth', 'user_domain_name']],
  userDomainId: [['auth', 'user_domain_id']],
  defaultDomainName: [['auth', 'default_domain_name']],
  defaultDomainId: [['default_domain'], ['auth', 'default_domain_id']],
  credentialId: [['auth', 'application_credential_id']],
  credentialName: [['auth', 'application_credential_name']],
  credentialSecret: [['auth', 'application_credential_secret']],
  region: [['region_name'], ['regions', '0'], ['regions', '0', 'name']],
  interface: [['interface'], ['endpoint_type']],
  insecure: [['insecure']],
  verify: [['verify']],
  caFile: [['cacert']],
  certificateFile: [['cert']],
  keyFile: [['key']],
};

/**
 * Returns a cloud of clouds.yaml, merged with secure.yaml, which wins. @throws CLOUD_INVALID with the file and the
 * place in it, and never with the value there
 */
export function cloudOfYaml(name: string, clouds: CloudsFile, secure: CloudsFile | null): CloudReading {
  const cloud = cloudIn(clouds, name);
  if (cloud === null) throw cloudFault(`${clouds.path}: clouds`, 'it holds no cloud of the name in OS_CLOUD');
  const merged = secure === null ? cloud : withSecrets(cloud, cloudIn(secure, name) ?? {});
  const placeOf = (path: Path) => [`${clouds.path}: clouds`, name, ...path].join('.');
  const find = (field: CloudField) => {
    const found = places[field].flatMap((path) => {
      const text = at(merged, path);
      return typeof text === 'string' && text !== '' ? [{ text, place: placeOf(path) }] : [];
    });
    return found[0] ?? null;
  };
  return cloudOf({ find, placeOf: (field) => placeOf(places[field][0]) });
}

function cloudIn(file: CloudsFile, name: string): JsonObject | null {
  const content = contentOf(file);
  const clouds = isJsonObject(content) ? content.clouds : undefined;
  if (!isJsonObject(clouds)) throw cloudFault(`${file.path}: clouds`, 'it is missing, or no map');
  const cloud = Object.hasOwn(clouds, name) ? clouds[name] : undefined;
  return isJsonObject(cloud) ? cloud : null;
}

/**
 * Every scalar is a text: a password of digits is no number. The library's messages would contain parts of the file.
 */
function contentOf({ path, text }: CloudsFile): Json {
  if (text.length > limits.cloudFileBytes) throw cloudFault(path, `it is larger than ${limits.cloudFileBytes} bytes`);
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      version: '1.1',
      schema: 'failsafe',
      merge: true,
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'silent',
    });
    const [error] = document.errors;
    if (error !== undefined) throw cloudFault(`${path}:${lines.linePos(error.pos[0]).line}`, `no YAML (${error.code})`);
    return jsonOf(document);
  } catch (error) {
    // Aliases beyond the limit or without an anchor, or nesting beyond the stack.
    if (error instanceof ReferenceError || error instanceof RangeError) throw cloudFault(path, 'it is not usable YAML');
    throw error;
  }
}

function jsonOf(document: Document.Parsed): Json {
  const value: unknown = document.toJS({ maxAliasCount: limits.cloudFileAliases });
  return value as Json;
}

/** Maps are merged, everything else is replaced. */
function withSecrets(cloud: JsonObject, secrets: JsonObject): JsonObject {
  const joined = Object.entries(secrets).map(([name, secret]) => {
    const there = cloud[name];
    return [name, isJsonObject(there) && isJsonObject(secret) ? withSecrets(there, secret) : secret] as const;
  });
  return { ...cloud, ...Object.fromEntries(joined) };
}

function at(value: Json | undefined, path: readonly string[]): Json | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (Array.isArray(value)) return at(value[Number(name)], rest);
  return isJsonObject(value) && Object.hasOwn(value, name) ? at(value[name], rest) : undefined;
}
