import type { ErrorObject } from 'ajv';
import {
  filesBelow,
  isInside,
  isJsonObject,
  type Json,
  type JsonObject,
  openCatalogRoot,
  shownPath,
  textOrEmpty,
  textOrNull,
} from '../../kernel/index.ts';
import {
  type FileFault,
  faultsError,
  type Model,
  type SchemaCheck,
  SchemaCompiler,
  structureFault,
} from '../../schema/index.ts';
import { type PositionOf, readCatalogFile } from '../catalog-file.ts';
import type { Example, ExampleStep, StepAction } from './example.ts';
import { exampleFileSchema } from './example-schema.ts';
import { type KnownNames, stepFaults } from './step-checks.ts';

/** The folder beside `schemas` and `templates` that holds the examples of a catalogue. */
export const EXAMPLES_FOLDER = 'examples';

/** The check of a file. Compiled for the first file: a start reads none. */
let errorsOf: SchemaCheck | undefined;

/**
 * Reads the examples of a catalogue, in the order of its files.
 * @throws EXAMPLES_INVALID with all faults of all files, CATALOG_UNREADABLE
 */
export async function readExamples(path: string, model: Model): Promise<readonly Example[]> {
  const root = await openCatalogRoot(path);
  const files = root.isFolder ? await filesBelow(root, EXAMPLES_FOLDER) : [];
  const reader = new ExampleReader(model);
  for (const file of files) {
    const shown = shownPath(root, file);
    const parsed = await readCatalogFile(file);
    if (!isInside(root, file)) reader.fault(shown, () => null, '', 'lies outside of the folder of the catalogue');
    else if ('reason' in parsed) reader.fault(shown, () => parsed.position, '', parsed.reason);
    else reader.read(shown, parsed.content, parsed.positionOf);
  }
  if (reader.faults.length > 0) throw faultsError('EXAMPLES_INVALID', reader.faults);
  return reader.examples;
}

/** Collects the examples of files, and their faults. */
class ExampleReader {
  readonly examples: Example[] = [];
  readonly faults: FileFault[] = [];
  readonly #model: Model;
  readonly #names = new Set<string>();

  constructor(model: Model) {
    this.#model = model;
  }

  fault(file: string, positionOf: PositionOf, pointer: string, reason: string): void {
    this.faults.push({ file, position: positionOf(pointer), schema: null, pointer, reason });
  }

  read(file: string, content: Json, positionOf: PositionOf): void {
    if (content === null) return;
    const report = (pointer: string, reason: string): void => this.fault(file, positionOf, pointer, reason);
    errorsOf ??= new SchemaCompiler().compile(exampleFileSchema);
    const errors = errorsOf(content);
    if (errors.length > 0) {
      for (const error of structuralErrors(errors)) {
        const { pointer, reason } = structureFault(error);
        report(pointer, reason);
      }
      return;
    }
    const { given = [], examples = [] } = isJsonObject(content) ? content : {};
    const place = { positionOf, report };
    const before: KnownNames = new Map();
    const givenSteps = this.#steps(given, { ...place, pointer: '/given', label: 'given', known: before });
    for (const [i, source] of objectsOf(examples).entries()) {
      const pointer = `/examples/${i}`;
      const name = textOrEmpty(source.name);
      if (this.#names.has(name)) report(`${pointer}/name`, 'another example has this name');
      this.#names.add(name);
      const known = new Map(before);
      const steps = this.#steps(source.steps, { ...place, pointer: `${pointer}/steps`, label: 'step', known });
      this.examples.push({ name, file, steps: [...givenSteps, ...steps] });
    }
  }

  #steps(source: Json | undefined, { pointer, label, known, positionOf, report }: StepPlace): readonly ExampleStep[] {
    return objectsOf(source).map((step, i): ExampleStep => {
      const [[kind, value] = ['', null]] = Object.entries(step);
      // `gone: name` is short for `gone: {of: name}`.
      const action = stepActionOf(kind, isJsonObject(value) ? value : { of: value });
      const at = `${pointer}/${i}/${kind}`;
      for (const fault of stepFaults(action, this.#model, known)) report(at + fault.pointer, fault.reason);
      return { label: `${label} ${i + 1}`, position: positionOf(at), action };
    });
  }
}

/** The place of steps, and the names that they know. */
interface StepPlace {
  readonly pointer: string;
  readonly label: string;
  readonly known: KnownNames;
  readonly positionOf: PositionOf;
  readonly report: (pointer: string, reason: string) => void;
}

/** The errors without those that only summarise others. */
function structuralErrors(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const specific = errors.filter(({ keyword }) => keyword !== 'propertyNames');
  const unknown = specific.filter(({ keyword }) => keyword === 'additionalProperties');
  return unknown.length > 0 ? unknown : specific;
}

function stepActionOf(kind: string, source: JsonObject): StepAction {
  const { of, as, type, body } = source;
  const answered = {
    expect: isJsonObject(source.expect) ? source.expect : null,
    refused: textOrNull(source.refused),
    because: textOrNull(source.because),
  };
  const subject = { of: textOrEmpty(of), body: objectOf(body) };
  switch (kind) {
    case 'create':
      return { kind, type: textOrEmpty(type), as: textOrNull(as), body: objectOf(body), ...answered };
    case 'update':
      return { kind, ...subject, ...answered };
    case 'delete':
      return { kind, of: textOrEmpty(of), refused: answered.refused, because: answered.because };
    case 'action': {
      const { name, input } = source;
      return {
        kind,
        type: textOrNull(type),
        of: textOrNull(of),
        name: textOrEmpty(name),
        input: objectOf(input),
        ...answered,
      };
    }
    case 'state':
      return {
        kind,
        of: textOrEmpty(of),
        version: numberOrNull(source.version),
        error: textOrEmpty(source.error),
        state: objectOf(source.state),
      };
    case 'monitoring':
      return { kind, of: textOrEmpty(of), version: numberOrNull(source.version), values: objectOf(source.values) };
    case 'settle':
      return { kind };
    case 'expect':
      return { kind, ...subject, version: numberOrNull(source.version) };
    case 'find':
      return { kind, type: textOrEmpty(type), where: objectOf(source.where), as: textOrEmpty(as) };
    case 'list': {
      const bodies = Array.isArray(source.bodies) ? source.bodies : [];
      return {
        kind,
        type: textOrEmpty(type),
        where: objectOf(source.where),
        count: numberOrNull(source.count),
        bodies,
      };
    }
    default:
      return { kind: 'gone', of: textOrEmpty(of) };
  }
}

function objectsOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function numberOrNull(value: Json | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
