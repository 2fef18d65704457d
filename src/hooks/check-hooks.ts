import { transactionEvents } from '../database/index.ts';
import { didYouMean, isJsonObject } from '../kernel/index.ts';
import { actionsOf, type FileFault, type Model, type ResourceType } from '../schema/index.ts';
import { needsVersions, outsideEvents } from './events.ts';
import { placeInModule } from './hook-places.ts';
import type { HookModules, HooksSource } from './load-hooks.ts';
import type { HookFunction, LoadedHooks } from './loaded-hooks.ts';

/** All events for which hooks can be defined. */
const events: readonly string[] = [...outsideEvents, ...transactionEvents];

type Report = (pointer: string, reason: string) => void;

/** Hooks by type and event, or action. */
class HookTable implements LoadedHooks {
  readonly hash: string | null;
  readonly #events = new Map<string, HookFunction[]>();
  readonly #actions = new Map<string, HookFunction>();

  constructor(hash: string | null) {
    this.hash = hash;
  }

  of(type: string, event: string): readonly HookFunction[] {
    return this.#events.get(`${type} ${event}`) ?? [];
  }

  action(type: string, name: string): HookFunction | null {
    return this.#actions.get(`${type} ${name}`) ?? null;
  }

  add(type: string, event: string, hook: HookFunction): void {
    this.#events.set(`${type} ${event}`, [...this.of(type, event), hook]);
  }

  addAction(type: string, name: string, hook: HookFunction): void {
    this.#actions.set(`${type} ${name}`, hook);
  }
}

/** Checks hooks against the types of their catalogue. The faults name the file and the export. */
export function checkHooks(
  model: Model,
  modules: HookModules,
): { readonly hooks: LoadedHooks; readonly faults: readonly FileFault[] } {
  const table = new HookTable(modules.hash);
  const faults: FileFault[] = [];
  for (const source of modules.sources) {
    checkSource(model, source, table, (pointer, reason) => {
      const at = `/${source.name}${pointer}`;
      faults.push({ file: source.file, position: placeInModule(source, pointer), schema: null, pointer: at, reason });
    });
  }
  return { hooks: table, faults };
}

function checkSource(model: Model, { defined }: HooksSource, table: HookTable, report: Report): void {
  const { type: id, hooks } = defined;
  const type = typeof id === 'string' ? model.types.get(id) : undefined;
  if (type?.routed !== true) {
    const known = [...model.types.values()].filter(({ routed }) => routed).map((one) => one.id);
    report('', `there is no type ${String(id)} with resources${didYouMean(String(id), known)}`);
    return;
  }
  if (!isJsonObject(hooks)) {
    report('', 'defineHooks takes the id of a type and an object of hooks');
    return;
  }
  for (const [event, hook] of Object.entries<unknown>(hooks)) {
    if (event === 'actions') checkActions(type, hook, table, report);
    else if (!events.includes(event)) report(`/${event}`, `there is no event ${event}${didYouMean(event, events)}`);
    else if (!isFunction(hook)) report(`/${event}`, 'a hook is a function');
    else if (transactionEvents.some((one) => one === event) && isAsync(hook)) {
      report(`/${event}`, 'it is async: inside of a transaction nothing can be waited for, write a generator (*)');
    } else if (needsVersions(event) && !type.versioned)
      report(`/${event}`, `${type.id} has no state_versioning: never`);
    else table.add(type.id, event, hook);
  }
}

function checkActions(type: ResourceType, actions: unknown, table: HookTable, report: Report): void {
  if (!isJsonObject(actions)) {
    report('/actions', 'an object of hooks by the names of actions is expected');
    return;
  }
  const known = actionsOf(type).map(({ name }) => name);
  for (const [name, hook] of Object.entries<unknown>(actions)) {
    const at = `/actions/${name}`;
    if (!known.includes(name)) report(at, `${type.id} has no action ${name}${didYouMean(name, known)}`);
    else if (!isFunction(hook)) report(at, 'a hook is a function');
    else if (table.action(type.id, name) !== null) report(at, 'another module has a hook for this action');
    else table.addAction(type.id, name, hook);
  }
}

function isAsync(hook: HookFunction): boolean {
  return /^Async(?:Generator)?Function$/.test(hook.constructor.name);
}

function isFunction(value: unknown): value is HookFunction {
  return typeof value === 'function';
}
