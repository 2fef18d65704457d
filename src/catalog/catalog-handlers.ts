import { didYouMean } from '../kernel/index.ts';
import { TEMPLATE_TYPE } from '../records/index.ts';
import { type FileFault, type Model, type SchemaDocument, schemaInvalid } from '../schema/index.ts';
import { monitoringWorker, pluginTypes } from '../worker/index.ts';
import { handlersNaming, type RowSource } from './catalog-rows.ts';

/** Handlers that types name and that are not in `known`: their jobs would wait for ever. */
export function unknownHandlers(
  model: Model,
  documents: readonly SchemaDocument[],
  known: readonly string[],
): readonly FileFault[] {
  return [...model.types.values()].flatMap((type) => {
    const source = documents.find(({ document }) => document.id === type.id);
    return type.handlers.flatMap(({ handler }, i) => {
      if (known.includes(handler)) return [];
      const pointer = `/metadata/handlers/${i}/handler`;
      const position = source?.positionOf?.(pointer) ?? null;
      const reason = `no worker has a handler ${handler}${didYouMean(handler, known)}: its jobs would wait for ever`;
      const at = { file: source?.file ?? '', pointer: (source?.pointer ?? '') + pointer };
      return [{ ...at, position, schema: type.id, reason }];
    });
  });
}

/** @throws SCHEMA_INVALID if types name handlers that are not in `known` */
export function refuseUnknownHandlers(
  model: Model,
  documents: readonly SchemaDocument[],
  known: readonly string[],
): void {
  const faults = unknownHandlers(model, documents, known);
  if (faults.length > 0) throw schemaInvalid(faults);
}

/**
 * Wrong statements of templates about handlers: a handler that no worker has, another handler than that of the types
 * that name the template, and, for the monitoring handler, a plug-in that doesn't exist.
 */
export function templateHandlerFaults(
  model: Model,
  sources: readonly RowSource[],
  known: readonly string[],
): readonly FileFault[] {
  return sources.flatMap((source) => {
    const { id, handler } = source.row;
    if (source.type !== TEMPLATE_TYPE || typeof id !== 'string') return [];
    const naming = [...new Set([...model.types.values()].flatMap((type) => handlersNaming(type, id)))];
    const fault = (pointer: string, reason: string, line?: number): FileFault => {
      const at = source.pointer + pointer;
      return { file: source.file, position: source.positionOf(at, line), schema: source.type, pointer: at, reason };
    };
    const faults: FileFault[] = [];
    if (typeof handler === 'string' && handler !== '') {
      if (naming.length > 0 && !naming.includes(handler)) {
        const reason = `types name this template for ${naming.join(' and ')}, and not for ${handler}`;
        faults.push(fault('/handler', reason));
      } else if (!known.includes(handler)) {
        faults.push(fault('/handler', `no worker has a handler ${handler}${didYouMean(handler, known)}`));
      }
    }
    const isMonitoring =
      naming.includes(monitoringWorker.name) || (naming.length === 0 && handler === monitoringWorker.name);
    const text = source.row.template_file;
    if (!isMonitoring || typeof text !== 'string') return faults;
    return [
      ...faults,
      ...unknownPlugins(text).map(({ type, line }) => {
        return fault('/template_file', `there is no plug-in ${type}${didYouMean(type, pluginTypes)}`, line);
      }),
    ];
  });
}

/** The plug-ins that entries of a monitoring template name literally, and that don't exist. */
function unknownPlugins(text: string): readonly { readonly type: string; readonly line: number }[] {
  const named = text.split('\n').flatMap((lineText, i) => {
    const found = /^(\s+)type:\s*(["']?)([A-Za-z_][\w-]*)\2\s*(?:#.*)?$/.exec(lineText);
    const [, indent = '', , type = ''] = found ?? [];
    return found === null ? [] : [{ depth: indent.length, type, line: i + 1 }];
  });
  // Deeper lines are properties of a plug-in.
  const depth = Math.min(...named.map((one) => one.depth));
  return named.filter((one) => one.depth === depth && !pluginTypes.includes(one.type));
}
