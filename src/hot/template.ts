import { isJsonObject, type Json, type JsonObject } from '../kernel/index.ts';
import { formatFault, HotFault, invalidHot } from './hot-fault.ts';
import { type ParameterSchema, parameterSchema } from './parameter-schema.ts';
import { referencesIn } from './references.ts';

/** A resource as a template defines it. */
export interface ResourceDefinition {
  readonly name: string;
  readonly type: string;
  readonly properties: JsonObject;
  /** The resources of the template that have to exist before it: from `depends_on` and from its properties. */
  readonly requires: readonly string[];
}

/** An output value of a stack. */
export interface OutputDefinition {
  readonly name: string;
  readonly description: string;
  readonly value: Json;
}

/** A parsed template, whose functions aren't called yet. */
export interface HotTemplate {
  readonly description: string;
  readonly parameters: ReadonlyMap<string, ParameterSchema>;
  readonly resources: ReadonlyMap<string, ResourceDefinition>;
  readonly outputs: readonly OutputDefinition[];
}

/** The descriptions that Heat gives if a template has none. */
const NO_DESCRIPTION = 'No description';
const NO_OUTPUT_DESCRIPTION = 'No description given';

const VERSIONS: readonly string[] = [
  ...['2013-05-23', '2014-10-16', '2015-04-30', '2015-10-15', '2016-04-08', '2016-10-14', '2017-02-24', '2017-09-01'],
  ...['2018-03-02', '2018-08-31', '2021-04-16', 'newton', 'ocata', 'pike', 'queens', 'rocky', 'wallaby'],
];
const SECTIONS: readonly string[] = [
  ...['heat_template_version', 'description', 'parameters', 'parameter_groups', 'resources', 'outputs', 'conditions'],
];

/** The empty template. */
export const emptyTemplate: HotTemplate = {
  description: NO_DESCRIPTION,
  parameters: new Map(),
  resources: new Map(),
  outputs: [],
};

/** Reads the sections of a document. Throws HotFault. */
export function readTemplate(document: JsonObject): HotTemplate {
  checkVersion(document);
  for (const section of Object.keys(document)) {
    if (!SECTIONS.includes(section)) throw invalidHot(`The template section is invalid: ${section}`);
  }
  return {
    description: textOr(document.description, NO_DESCRIPTION),
    parameters: new Map(membersOf(document, 'parameters').map(([name, body]) => [name, parameterSchema(body)])),
    resources: new Map(membersOf(document, 'resources').map(([name, body]) => [name, resourceOf(name, body)])),
    outputs: membersOf(document, 'outputs').map(([name, output]) => ({
      name,
      description: textOr(output.description, NO_OUTPUT_DESCRIPTION),
      value: output.value ?? null,
    })),
  };
}

function checkVersion({ heat_template_version: version }: JsonObject): void {
  if (typeof version !== 'string') throw formatFault('Template format version not found.');
  if (VERSIONS.includes(version)) return;
  const message =
    `The template version is invalid: "heat_template_version: ${version}". ` +
    `"heat_template_version" should be one of: ${VERSIONS.join(', ')}`;
  throw new HotFault('version', message);
}

function membersOf(document: JsonObject, section: string): readonly [string, JsonObject][] {
  const members = document[section] ?? {};
  if (!isJsonObject(members)) throw invalidHot(`The section ${section} of the template must be a mapping`);
  return Object.entries(members).map(([name, body]) => {
    if (!isJsonObject(body)) throw invalidHot(`"${section}" must contain a map of ${section} maps: ${name}`);
    return [name, body];
  });
}

function resourceOf(name: string, { type, properties, depends_on }: JsonObject): ResourceDefinition {
  if (typeof type !== 'string') throw invalidHot('Each resource must contain a type key.');
  const own = isJsonObject(properties) ? properties : {};
  const explicit = Array.isArray(depends_on) ? depends_on : [depends_on];
  const requires = [
    ...explicit.filter((other) => typeof other === 'string'),
    ...referencesIn(own).map(({ resource }) => resource),
  ];
  return { name, type, properties: own, requires: [...new Set(requires)] };
}

function textOr(value: Json | undefined, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
