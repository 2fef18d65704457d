import { isIPv4, isIPv6 } from 'node:net';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { limits } from '../kernel/index.ts';
import { patternFault } from '../kernel/pattern/index.ts';
import { hostPart, parseCidr } from './networks.ts';

/** Whether a string is of a format. */
export type FormatCheck = (text: string) => boolean;

const ajv = new Ajv2020({ meta: false, validateSchema: false });
ajvFormats.default(ajv, ['date-time', 'hostname', 'email', 'uri']);

function matching(pattern: RegExp): FormatCheck {
  return (text) => pattern.test(text);
}

function orEmpty(check: FormatCheck): FormatCheck {
  return (text) => text === '' || check(text);
}

/** Hyphenated, with the version digit of RFC 4122 (1 to 5), as the original requires it. */
const hyphUuid = matching(/^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i);
/** 32 hexadecimal digits: ids of tenants. */
const nonHyphUuid = matching(/^[0-9a-f]{32}$/i);

const mac = matching(
  /^(?:[0-9a-f]{2}(?::[0-9a-f]{2}){5}(?:(?::[0-9a-f]{2}){2})?|[0-9a-f]{2}(?:-[0-9a-f]{2}){5}(?:(?:-[0-9a-f]{2}){2})?|(?:[0-9a-f]{4}\.){2,3}[0-9a-f]{4})$/i,
);

/** A strict dotted quad, with an optional zone. */
function ipv4(text: string): boolean {
  const [address = '', zone, ...rest] = text.split('%');
  return rest.length === 0 && zone !== '' && isIPv4(address);
}

function ipv4Network(text: string): boolean {
  const network = parseCidr(text);
  return network?.version === 4 && hostPart(network).host === 0;
}

/** A host address with its network: neither the network's own nor the broadcast address, except in a /31. */
function ipv4AddressWithCidr(text: string): boolean {
  const network = parseCidr(text);
  if (network?.version !== 4) return false;
  const { host, size } = hostPart(network);
  return network.bits === 31 || (host !== 0 && host !== size - 1);
}

function port(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535;
}

function regex(text: string): boolean {
  return patternFault(text) === null;
}

const version = /^v?(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){0,2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/** One or several comparisons: '>= 1.2, < 2', alternatives between '||'. */
function versionConstraint(text: string): boolean {
  return text.split('||').every((alternative) =>
    alternative.split(',').every((part) => {
      const operand = part.trim().replace(/^(?:=|!=|>=|<=|=>|=<|>|<|~>|~|\^)\s*/, '');
      return version.test(operand) || /^v?(?:\d+\.){0,2}[xX*]$/.test(operand);
    }),
  );
}

/** A format of RFC 3339, 1123, 5321 or 3986 as ajv-formats has it. */
function standard(name: 'date-time' | 'hostname' | 'email' | 'uri'): FormatCheck {
  return ajv.compile({ type: 'string', format: name });
}

/** Refuses long texts before a format check: their check could take too long. */
function bounded(check: FormatCheck): FormatCheck {
  return (text) => text.length <= limits.regexpSubjectLength && check(text);
}

const restricting: readonly (readonly [name: string, check: FormatCheck])[] = [
  ['mac', mac],
  ['ipv4', ipv4],
  ['ipv6', (text) => isIPv6(text) && !text.includes('%')],
  ['cidr', (text) => parseCidr(text) !== null],
  ['cidr-or-ipv4', (text) => ipv4(text) || parseCidr(text) !== null],
  ['ipv4-network', ipv4Network],
  ['ipv4-address-with-cidr', ipv4AddressWithCidr],
  ['uuid', (text) => hyphUuid(text) || nonHyphUuid(text)],
  ['hyph-uuid', hyphUuid],
  ['hyph-uuid-or-empty', orEmpty(hyphUuid)],
  ['non-hyph-uuid', nonHyphUuid],
  ['non-hyph-uuid-or-empty', orEmpty(nonHyphUuid)],
  ['port', port],
  ['regex', regex],
  ['version', matching(version)],
  ['version-constraint', versionConstraint],
  ['date-time', standard('date-time')],
  ['hostname', standard('hostname')],
  ['email', standard('email')],
  ['uri', standard('uri')],
];

/** Formats that tell a user interface how to show a text. They restrict nothing. */
const annotations = ['yaml', 'text', 'url', 'javascript'];

/** Formats of strings by name, those of the original and of its fork (compatibility L3). */
export const formats: ReadonlyMap<string, FormatCheck> = new Map([
  ...restricting.map(([name, check]) => [name, bounded(check)] as const),
  ...annotations.map((name) => [name, () => true] as const),
]);
