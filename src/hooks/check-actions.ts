import { nestedUrl } from '../api/index.ts';
import {
  type Action,
  actionSchemaFault,
  actionsOf,
  type FileFault,
  type Model,
  type ResourceType,
  type SchemaDocument,
} from '../schema/index.ts';
import type { LoadedHooks } from './loaded-hooks.ts';

/**
 * Checks the actions of types: each needs a path of its own, usable schemas, and a hook. A single schema file has no
 * place for hooks: then an action without one is not served, which is a warning.
 */
export function checkActions(
  model: Model,
  documents: readonly SchemaDocument[],
  hooks: LoadedHooks,
  hasFolder: boolean,
): { readonly faults: readonly FileFault[]; readonly warnings: readonly FileFault[] } {
  const faults: FileFault[] = [];
  const warnings: FileFault[] = [];
  const routes = new Routes(model);
  for (const type of model.types.values()) {
    for (const action of actionsOf(type)) {
      const found = (part: string, reason: string): FileFault => actionFault(documents, type, action, part, reason);
      if (hooks.action(type.id, action.name) === null) {
        if (hasFolder) faults.push(found('', 'there is no hook for this action in hooks/'));
        else warnings.push(found('', 'there is no hook for this action: it is not served'));
      }
      const owner = routes.reserve(type, action);
      if (owner !== null) faults.push(found('/path', `this path is taken by ${owner}`));
      for (const [part, reason] of schemaFaults(action)) faults.push(found(part, reason));
    }
  }
  return { faults, warnings };
}

function schemaFaults(action: Action): readonly (readonly [part: string, reason: string])[] {
  return (['input', 'output'] as const).flatMap((part) => {
    const schema = action[part];
    const reason = schema === null ? null : actionSchemaFault(schema);
    return reason === null ? [] : [[`/${part}`, reason] as const];
  });
}

/** The routes of types and actions. */
class Routes {
  readonly #resources = new Map<string, string>();
  readonly #actions = new Map<string, string>();

  constructor(model: Model) {
    for (const type of model.types.values()) {
      const nested = type.routed ? nestedUrl(model, type) : null;
      for (const url of nested === null ? [type.url] : [type.url, nested.url]) {
        this.#resources.set(withoutNames(url), `the type ${type.id}`);
        this.#resources.set(withoutNames(`${url}/:id`), `the type ${type.id}`);
      }
    }
  }

  /** Reserves a path for an action. Returns the owner if the path is taken already, else null. */
  reserve(type: ResourceType, action: Action): string | null {
    const path = withoutNames(type.url + action.path);
    const route = `${action.method} ${path}`;
    const owner = this.#resources.get(path) ?? this.#actions.get(route) ?? null;
    if (owner === null) this.#actions.set(route, `the action ${action.name} of ${type.id}`);
    return owner;
  }
}

function withoutNames(path: string): string {
  return path.replaceAll(/:[A-Za-z0-9_]+/g, ':');
}

/** A fault of an action. An inherited action is defined in a base; the place is then that of the type. */
function actionFault(
  documents: readonly SchemaDocument[],
  type: ResourceType,
  { name }: Action,
  part: string,
  reason: string,
): FileFault {
  const place = documents.find(({ document }) => document.id === type.id);
  const pointer = `/actions/${name}${part}`;
  return {
    file: place?.file ?? '',
    position: place?.positionOf?.(pointer) ?? null,
    schema: type.id,
    pointer: `${place?.pointer ?? ''}${pointer}`,
    reason,
  };
}
