import { type KamadoError, kamadoError, Secret } from '../../kernel/index.ts';
import type { Cloud, CloudTls, EndpointInterface, Named } from './cloud.ts';

/** The settings of a cloud, each as text. */
export type CloudField =
  | 'authType'
  | 'authUrl'
  | 'endpoint'
  | 'username'
  | 'userId'
  | 'password'
  | 'userDomainName'
  | 'userDomainId'
  | 'defaultDomainName'
  | 'defaultDomainId'
  | 'credentialId'
  | 'credentialName'
  | 'credentialSecret'
  | 'region'
  | 'interface'
  | 'insecure'
  | 'verify'
  | 'caFile'
  | 'certificateFile'
  | 'keyFile';

/** A setting and its place: the name of a variable, or the place in a file. */
export interface CloudText {
  readonly text: string;
  readonly place: string;
}

/** The source of a cloud's fields. */
export interface CloudTexts {
  /** Returns a field, or null if it is missing or empty. */
  readonly find: (field: CloudField) => CloudText | null;
  /** Returns the place in which a missing field would be. */
  readonly placeOf: (field: CloudField) => string;
}

/** A cloud whose certificates aren't read yet. */
export interface CloudReading {
  readonly cloud: Cloud;
  readonly files: {
    readonly ca: CloudText | null;
    readonly certificate: CloudText | null;
    readonly key: CloudText | null;
  };
}

/** Keystone's name of the initial domain. */
const DEFAULT_DOMAIN = 'default';

/**
 * Returns the cloud that the texts describe. A project in them doesn't matter: the tenant of a resource determines it.
 * @throws CLOUD_INVALID with the place, and never with the value there
 */
export function cloudOf(texts: CloudTexts): CloudReading {
  const files = {
    ca: texts.find('caFile'),
    certificate: texts.find('certificateFile'),
    key: texts.find('keyFile'),
  };
  return { cloud: { ...loginOf(texts), ...tlsOf(texts) }, files };
}

/** Returns the error for a fault at a place. */
export function cloudFault(place: string, reason: string, cause?: unknown): KamadoError {
  return kamadoError('CLOUD_INVALID', { place, reason }, cause === undefined ? {} : { cause });
}

function loginOf(texts: CloudTexts): Cloud {
  const type = texts.find('authType');
  const hasCredential = texts.find('credentialId') !== null || texts.find('credentialName') !== null;
  switch (type?.text ?? (hasCredential ? 'v3applicationcredential' : 'password')) {
    case 'none':
      return { kind: 'none', endpoint: urlOf(required(texts, 'endpoint')) };
    case 'password':
    case 'v3password':
      return { kind: 'password', ...keystoneOf(texts), user: userOf(texts), password: secretOf(texts, 'password') };
    case 'v3applicationcredential':
      return { kind: 'applicationCredential', ...keystoneOf(texts), ...credentialOf(texts) };
    default:
      throw cloudFault(
        type?.place ?? texts.placeOf('authType'),
        'it is not one of password, v3applicationcredential and none',
      );
  }
}

function keystoneOf(texts: CloudTexts) {
  return { authUrl: authUrlOf(texts), region: texts.find('region')?.text ?? null, interface: interfaceOf(texts) };
}

function credentialOf(texts: CloudTexts) {
  const secret = secretOf(texts, 'credentialSecret');
  const id = texts.find('credentialId')?.text;
  if (id !== undefined) return { credential: { id }, secret };
  return { credential: { name: required(texts, 'credentialName').text, user: userOf(texts) }, secret };
}

function userOf(texts: CloudTexts): Named {
  const id = texts.find('userId')?.text;
  return id === undefined ? { name: required(texts, 'username').text, domain: domainOf(texts) } : { id };
}

function domainOf(texts: CloudTexts): { readonly id: string } | { readonly name: string } {
  const textOf = (field: CloudField) => texts.find(field)?.text;
  const id = textOf('userDomainId');
  if (id !== undefined) return { id };
  const name = textOf('userDomainName');
  if (name !== undefined) return { name };
  const defaultName = textOf('defaultDomainName');
  const defaultId = textOf('defaultDomainId');
  return defaultId === undefined && defaultName !== undefined
    ? { name: defaultName }
    : { id: defaultId ?? DEFAULT_DOMAIN };
}

function secretOf(texts: CloudTexts, field: CloudField): Secret {
  return new Secret(required(texts, field).text);
}

/** The URL of version 3, even if the given address has no version. */
function authUrlOf(texts: CloudTexts): string {
  const setting = required(texts, 'authUrl');
  const url = urlOf(setting);
  if (/\/v2(?:\.0)?$/.test(url)) throw cloudFault(setting.place, 'it is of version 2 of the Identity API, not 3');
  return url.endsWith('/v3') ? url : `${url}/v3`;
}

/** Returns a URL without a slash at its end. Errors contain addresses, so they must not hold a password. */
function urlOf({ text, place }: CloudText): string {
  const url = /^https?:\/\//.test(text) && URL.canParse(text) ? new URL(text) : null;
  if (url === null) throw cloudFault(place, 'it is not an http:// or https:// URL');
  if (url.username !== '' || url.password !== '') throw cloudFault(place, 'it holds a user or a password');
  if (url.search !== '' || url.hash !== '') throw cloudFault(place, 'it holds a query or a fragment');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function interfaceOf(texts: CloudTexts): EndpointInterface {
  const setting = texts.find('interface');
  const name = (setting?.text ?? 'public').replace(/URL$/, '');
  if (name === 'public' || name === 'internal' || name === 'admin') return name;
  throw cloudFault(setting?.place ?? texts.placeOf('interface'), 'it is not one of public, internal and admin');
}

function tlsOf(texts: CloudTexts): { readonly tls?: CloudTls } {
  const insecure = flagOf(texts.find('insecure')) ?? false;
  const verify = flagOf(texts.find('verify')) ?? true;
  return insecure || !verify ? { tls: { insecure: true } } : {};
}

function flagOf(setting: CloudText | null): boolean | null {
  if (setting === null) return null;
  if (/^(?:1|t|true|y|yes|on)$/i.test(setting.text)) return true;
  if (/^(?:0|f|false|n|no|off)$/i.test(setting.text)) return false;
  throw cloudFault(setting.place, 'it is neither true nor false');
}

function required(texts: CloudTexts, field: CloudField): CloudText {
  const setting = texts.find(field);
  if (setting === null) throw cloudFault(texts.placeOf(field), 'it is missing');
  return setting;
}
