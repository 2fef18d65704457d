import {
  didYouMean,
  isJsonObject,
  isKamadoError,
  type Json,
  type JsonObject,
  type KamadoError,
} from '../kernel/index.ts';
import { TEMPLATE_TYPE } from '../records/index.ts';
import {
  type FileFault,
  type Mapping,
  type Model,
  parseMapping,
  possibleTexts,
  type SchemaDocument,
} from '../schema/index.ts';
import { type DeclaredParameter, declaredParameters, parseTemplate, type Template } from '../template/index.ts';
import { HEAT_WORKER, stackInputs } from '../worker/index.ts';
import { handlersNaming, type RowSource } from './catalog-rows.ts';

/** Reports a fault of a row: at a pointer inside it, or at a line of the text that the pointer names. */
type Report = (pointer: string, reason: string, line?: number) => void;

/**
 * The faults in the texts of a catalogue's templates that can be found without rendering them: each must be in the
 * template language, and a stack must get exactly the parameters that its template declares. A start doesn't check
 * this, so that resources with other templates are served all the same.
 */
export function templateFaults(model: Model, sources: readonly RowSource[]): readonly FileFault[] {
  const faults: FileFault[] = [];
  for (const source of sources) {
    if (source.type !== TEMPLATE_TYPE) continue;
    checkText(model, source, (pointer, reason, line) => {
      const at = source.pointer + pointer;
      const position = source.positionOf(at, line);
      faults.push({ file: source.file, position, schema: source.type, pointer: at, reason });
    });
  }
  return faults;
}

/** The templates that handlers name and that don't exist: they have to be created through the API. */
export function missingTemplates(
  model: Model,
  documents: readonly SchemaDocument[],
  sources: readonly RowSource[],
): readonly FileFault[] {
  const known = new Set(sources.filter(({ type }) => type === TEMPLATE_TYPE).map(({ row }) => row.id));
  return [...model.types.values()].flatMap((type) => {
    const named = new Set(type.handlers.flatMap(({ template }) => possibleTexts(template, type)));
    const place = documents.find(({ document }) => document.id === type.id);
    if (place === undefined) return [];
    const { file, pointer: schemaPointer, positionOf } = place;
    const at = {
      file,
      position: positionOf?.('/metadata') ?? null,
      schema: type.id,
      pointer: `${schemaPointer}/metadata`,
    };
    return [...named]
      .filter((id) => !known.has(id))
      .map((id) => ({ ...at, reason: `no template ${id} is here: jobs fail until one is created through the API` }));
  });
}

function checkText(model: Model, { row }: RowSource, report: Report): void {
  const { id, template_file: text, parameter_mappings: mappings } = row;
  if (typeof id !== 'string' || typeof text !== 'string') return;
  const template = attempt(report, '/template_file', () => parseTemplate(id, text));
  if (template === null || !handlersOf(model, id, row).includes(HEAT_WORKER)) return;
  checkStack(template, text, isJsonObject(mappings) ? mappings : {}, report);
}

/** The handlers of the types that name a template; if no type does, the handler that the template names. */
function handlersOf(model: Model, id: string, row: JsonObject): readonly (Json | undefined)[] {
  const naming = [...model.types.values()].flatMap((type) => handlersNaming(type, id));
  return naming.length > 0 ? naming : [row.handler];
}

function checkStack(template: Template, text: string, mappings: JsonObject, report: Report): void {
  checkSettings(mappings, report);
  const declared = attempt(report, '/template_file', () => declaredParameters(template, text));
  if (declared === null) return;
  const names = new Set(declared.map(({ name }) => name));
  const unset = new Map(Object.keys(mappings).map((name) => [name, null] as const));
  const { context, parameters } = stackInputs(unset);
  for (const name of Object.keys(parameters)) {
    if (names.has(name)) continue;
    const hint = didYouMean(name, [...names]);
    report(`/parameter_mappings/${name}`, `the template declares no parameter ${name}, so Heat refuses it${hint}`);
  }
  const given = new Set(Object.keys(parameters));
  for (const parameter of declared) checkDeclared(parameter, given, context, report);
}

function checkDeclared(parameter: DeclaredParameter, given: ReadonlySet<string>, context: JsonObject, report: Report) {
  const { name, hasDefault, line } = parameter;
  if (Object.hasOwn(context, name)) {
    report(
      '/template_file',
      `${name} is for the text of the template and never given to the stack: leave it out`,
      line,
    );
  } else if (!hasDefault && !given.has(name)) {
    const reason = `the parameter ${name} has no default, and nothing is mapped to it: add it to parameter_mappings`;
    report('/template_file', reason, line);
  }
}

/** Checks constant parameters for the handler itself. */
function checkSettings(mappings: JsonObject, report: Report): void {
  for (const [name, source] of Object.entries(mappings)) {
    const mapping = constantOf(source);
    if (mapping !== null)
      attempt(report, `/parameter_mappings/${name}`, () => stackInputs(new Map([[name, mapping.value]])));
  }
}

function constantOf(source: Json): Extract<Mapping, { readonly kind: 'constant' }> | null {
  try {
    const mapping = parseMapping(source, 'parameter_mappings');
    return mapping.kind === 'constant' ? mapping : null;
  } catch (error) {
    // Reported by the check of rows.
    if (isKamadoError(error, 'MAPPING_INVALID')) return null;
    throw error;
  }
}

/** The result of the task; null if it fails with an error that a user can correct, which is reported. */
function attempt<Result>(report: Report, pointer: string, task: () => Result): Result | null {
  try {
    return task();
  } catch (error) {
    if (!isKamadoError(error)) throw error;
    const { line } = error.params;
    report(pointer, reasonOf(error), typeof line === 'number' ? line : undefined);
    return null;
  }
}

/** The reason without the name of the template, which is in the fault's place already. */
function reasonOf({ params, message }: KamadoError): string {
  const { reason, line } = params;
  if (reason === undefined) return message;
  return line === undefined ? String(reason) : `line ${line} of the template: ${reason}`;
}
