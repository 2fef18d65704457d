import { parse, YAMLError } from 'yaml';
import { errorText } from '../../src/kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/json.ts';
import { badRequest, HeatError, validationFailed } from './heat-error.ts';
import type { ParameterSchema } from './hot-parameters.ts';

/** A resource as a template defines it. */
export interface ResourceDefinition {
  readonly name: string;
  readonly type: string;
  readonly properties: JsonObject;
  /** The resources of the template that must be there before it. */
  readonly requires: readonly string[];
}

/** What a stack gives. */
export interface OutputDefinition {
  readonly name: string;
  readonly description: string;
  readonly value: Json;
}

/** A template that was read: its functions aren't called yet. */
export interface Template {
  readonly description: string;
  readonly parameters: ReadonlyMap<string, ParameterSchema>;
  readonly resources: ReadonlyMap<string, ResourceDefinition>;
  readonly outputs: readonly OutputDefinition[];
}

/** What Heat says where a template says nothing. */
const NO_DESCRIPTION = 'No description';
const NO_OUTPUT_DESCRIPTION = 'No description given';
const LARGEST_BYTES = 524_288;

const VERSIONS: readonly string[] = [
  ...['2013-05-23', '2014-10-16', '2015-04-30', '2015-10-15', '2016-04-08', '2016-10-14', '2017-02-24', '2017-09-01'],
  ...['2018-03-02', '2018-08-31', '2021-04-16', 'newton', 'ocata', 'pike', 'queens', 'rocky', 'wallaby'],
];
const SECTIONS: readonly string[] = [
  ...['heat_template_version', 'description', 'parameters', 'parameter_groups', 'resources', 'outputs', 'conditions'],
];

/** The template of a stack without anything in it. */
export const emptyTemplate: Template = {
  description: NO_DESCRIPTION,
  parameters: new Map(),
  resources: new Map(),
  outputs: [],
};

/** What a request gives as template, as an object: YAML or JSON text, or an object. Throws as Heat refuses. */
export function templateObject(given: Json | undefined): JsonObject {
  if (given === undefined || given === null) throw badRequest('No template specified');
  if (isJsonObject(given)) return given;
  if (typeof given !== 'string') throw invalidFormat('The template is not a JSON object or YAML mapping.');
  const bytes = Buffer.byteLength(given);
  if (bytes > LARGEST_BYTES) throw tooLarge(`Template size (${bytes} bytes)`, LARGEST_BYTES);
  const value = parsed(given);
  if (value === null) throw invalidFormat('Template format version not found.');
  if (!isJsonObject(value)) throw invalidFormat('The template is not a JSON object or YAML mapping.');
  return value;
}

export function tooLarge(what: string, mostBytes: number): HeatError {
  const message = `Request limit exceeded: ${what} exceeds maximum allowed size (${mostBytes} bytes).`;
  return new HeatError(400, 'RequestLimitExceeded', message);
}

function parsed(text: string): Json {
  try {
    // Dates stay text: the version of a template is one.
    const options = { schema: 'core', logLevel: 'error', maxAliasCount: 100, intAsBigInt: true } as const;
    return parse(text, (_key, value: unknown) => (typeof value === 'bigint' ? integer(value) : value), options) as Json;
  } catch (error) {
    const reason = error instanceof YAMLError ? error.message : errorText(error);
    throw invalidFormat(`Error parsing template [root stack] ${reason}`);
  }
}

/** Heat's integers have no bound; what a number of ours can't hold is a text with the same digits. */
function integer(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

function invalidFormat(reason: string): HeatError {
  return badRequest(`Template not in valid format: ${reason}`);
}

/** Reads a template's sections. Throws as Heat refuses. */
export function readTemplate(template: JsonObject): Template {
  const { heat_template_version: version } = template;
  if (typeof version !== 'string') throw invalidFormat('Template format version not found.');
  if (!VERSIONS.includes(version)) throw invalidVersion(version);
  for (const section of Object.keys(template)) {
    if (!SECTIONS.includes(section)) throw validationFailed(`The template section is invalid: ${section}`);
  }
  return {
    description: textOr(template.description, NO_DESCRIPTION),
    parameters: new Map(membersOf(template, 'parameters').map(([name, schema]) => [name, parameterOf(schema)])),
    resources: new Map(membersOf(template, 'resources').map(([name, body]) => [name, resourceOf(name, body)])),
    outputs: membersOf(template, 'outputs').map(([name, output]) => ({
      name,
      description: textOr(output.description, NO_OUTPUT_DESCRIPTION),
      value: output.value ?? null,
    })),
  };
}

function invalidVersion(version: string): HeatError {
  const message =
    `The template version is invalid: "heat_template_version: ${version}". ` +
    `"heat_template_version" should be one of: ${VERSIONS.join(', ')}`;
  return new HeatError(400, 'InvalidTemplateVersion', message);
}

function membersOf(template: JsonObject, section: string): readonly [string, JsonObject][] {
  const members = template[section] ?? {};
  if (!isJsonObject(members)) {
    throw validationFailed(`The section ${section} of the template must be a mapping`);
  }
  return Object.entries(members).map(([name, body]) => {
    if (!isJsonObject(body)) throw validationFailed(`"${section}" must contain a map of ${section} maps: ${name}`);
    return [name, body];
  });
}

function parameterOf({ type, default: initial, hidden, constraints }: JsonObject): ParameterSchema {
  return {
    type: textOr(type, 'string'),
    default: initial,
    isHidden: hidden === true || hidden === 'true',
    constraints: Array.isArray(constraints) ? constraints : [],
  };
}

function resourceOf(name: string, { type, properties, depends_on }: JsonObject): ResourceDefinition {
  if (typeof type !== 'string') throw validationFailed('Each resource must contain a type key.');
  const own = isJsonObject(properties) ? properties : {};
  const explicit = Array.isArray(depends_on) ? depends_on : [depends_on];
  const requires = [
    ...explicit.filter((other) => typeof other === 'string'),
    ...referencesIn(own).map(({ resource }) => resource),
  ];
  return { name, type, properties: own, requires: [...new Set(requires)] };
}

/** A resource that a function in a value names, and the attribute that it asks for; null: the resource itself. */
export interface Reference {
  readonly resource: string;
  readonly attribute: string | null;
}

/** What the functions in a value refer to. */
export function referencesIn(value: Json): readonly Reference[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => [...referenceOf(key, member), ...referencesIn(member)]);
}

function referenceOf(key: string, given: Json): readonly Reference[] {
  if (key === 'get_resource' && typeof given === 'string') return [{ resource: given, attribute: null }];
  if (key !== 'get_attr' || !Array.isArray(given)) return [];
  const [resource, attribute] = given;
  if (typeof resource !== 'string') return [];
  return [{ resource, attribute: typeof attribute === 'string' ? attribute : null }];
}

function textOr(value: Json | undefined, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
