import { didYouMean, isJsonObject, isKamadoError, type JsonObject } from '../kernel/index.ts';
import { TEMPLATE_TYPE } from '../records/index.ts';
import {
  checkMapping,
  createValidator,
  type FileFault,
  isValidId,
  type Model,
  parseMapping,
  possibleTexts,
  type ResourceType,
  type Validator,
} from '../schema/index.ts';
import type { PositionOf } from './catalog-file.ts';

/** An initial row of a catalogue. */
export interface CatalogRow {
  readonly type: string;
  readonly id: string;
  /** The body with its id and its defaults. */
  readonly body: JsonObject;
}

/** A row as written in a file. */
export interface RowSource {
  readonly file: string;
  readonly type: string;
  readonly row: JsonObject;
  readonly pointer: string;
  /**
   * Returns the position of the part that a pointer names; with a line, the position of that line in the text of a
   * literal block.
   */
  readonly positionOf: PositionOf;
}

/** Checks rows against their types, and the mappings of templates against the types that use them. */
export function checkRows(
  model: Model,
  sources: readonly RowSource[],
): { readonly rows: readonly CatalogRow[]; readonly faults: readonly FileFault[] } {
  const validator = createValidator(model);
  const faults: FileFault[] = [];
  const seen = new Set<string>();
  const rows = sources.flatMap((source) => {
    const report = (pointer: string, reason: string): void => {
      const at = source.pointer + pointer;
      const position = source.positionOf(at);
      faults.push({ file: source.file, position, schema: source.type, pointer: at, reason });
    };
    const row = checkRow(model, validator, source, report);
    if (row === null) return [];
    const key = `${row.type}/${row.id}`;
    if (seen.has(key)) report('/id', 'another row has this id');
    seen.add(key);
    return [row];
  });
  return { rows, faults };
}

type Report = (pointer: string, reason: string) => void;

function checkRow(model: Model, validator: Validator, source: RowSource, report: Report): CatalogRow | null {
  const type = model.types.get(source.type);
  if (type === undefined || !type.routed) {
    const routed = [...model.types.values()].filter((one) => one.routed).map(({ id }) => id);
    report('', `there is no type ${source.type} with resources${didYouMean(source.type, routed)}`);
    return null;
  }
  const { id, ...others } = source.row;
  if (typeof id !== 'string' || !isValidId(id)) {
    report('/id', 'a row of a catalogue needs an id');
    return null;
  }
  try {
    // Rows may have an id even if clients may not set it.
    const asked = type.property.get('id')?.creatable === true ? source.row : others;
    const { body } = validator.create(type, asked);
    if (type.id === TEMPLATE_TYPE) checkTemplate(model, id, body, report);
    return { type: type.id, id, body: { ...body, id } };
  } catch (error) {
    if (!isKamadoError(error, 'VALIDATION_FAILED')) throw error;
    for (const fault of error.faults) report(fault.pointer, fault.reason);
    return null;
  }
}

function checkTemplate(model: Model, id: string, body: JsonObject, report: Report): void {
  const users = [...model.types.values()].filter((type) => handlersNaming(type, id).length > 0);
  const mappings = isJsonObject(body.parameter_mappings) ? body.parameter_mappings : {};
  for (const [param, source] of Object.entries(mappings)) {
    const at = `/parameter_mappings/${param}`;
    try {
      const mapping = parseMapping(source, at);
      // A template without known users must still name existing types.
      for (const type of users.length === 0 ? [null] : users) {
        for (const fault of checkMapping(mapping, model, type)) report(at + fault.pointer, fault.reason);
      }
    } catch (error) {
      if (!isKamadoError(error, 'MAPPING_INVALID')) throw error;
      for (const fault of error.faults) report(at + fault.pointer, fault.reason);
    }
  }
}

/** The handlers of a type that can name a template, as far as the schema tells. */
export function handlersNaming(type: ResourceType, template: string): readonly string[] {
  const naming = type.handlers.filter((binding) => possibleTexts(binding.template, type).includes(template));
  return naming.map(({ handler }) => handler);
}
