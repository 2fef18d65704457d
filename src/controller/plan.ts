import { errorText, isJsonObject, isKamadoError, type Json, type JsonObject, kamadoError } from '../kernel/index.ts';
import { type Job, type JobAction, type JobParam, TEMPLATE_TYPE } from '../records/index.ts';
import {
  collectReferences,
  evaluateMapping,
  type HandlerBinding,
  type MappingContext,
  type Model,
  parseMapping,
  type ResourceType,
  relationsOf,
  secretsIn,
  unlessMissing,
} from '../schema/index.ts';
import { pathKey } from './resource-view.ts';
import { secretParameters } from './secret-parameters.ts';

/** The knowledge for planning, besides the change itself. */
export interface PlanContext {
  readonly model: Model;
  /** The present body of another resource. */
  readonly lookup: (type: string, id: string) => JsonObject | undefined;
  /** Whether a handler can modify; for one that can't, the plan deletes and creates again. */
  readonly canModify: (handler: string) => boolean;
}

/** A change of a resource's config for which jobs are planned. */
export interface ConfigChange {
  readonly type: ResourceType;
  readonly id: string;
  readonly version: number;
  readonly body: JsonObject;
  /** The body that was applied last, or null: then this creates. */
  readonly previous: JsonObject | null;
  /** The body that was worked on last, with or without success; absent: it is the applied one. */
  readonly attempted?: JsonObject | null;
  readonly markedForDeletion: boolean;
  /**
   * Whether no worker has begun with a handler's jobs since `applied` was; absent: each handler may have built
   * something.
   */
  readonly isUnbegun?: (handler: string) => boolean;
  /** The body that was applied last, or null, if it isn't `previous`. */
  readonly applied?: JsonObject | null;
}

/** A job before it has an id and its dependencies. */
export interface PlannedJob extends Omit<Job, 'id' | 'dependency'> {
  /** Its secret parameters; they are stored beside the job, never in it. Absent: not known. */
  readonly secretParams?: ReadonlySet<string>;
}

/** The plan for a change. */
export type Plan =
  | { readonly kind: 'read' }
  | {
      readonly kind: 'work';
      readonly action: JobAction;
      readonly jobs: readonly PlannedJob[];
      /** Whether some of the jobs undo what handlers built for an earlier body and which the new body doesn't name. */
      readonly undoesEarlier: boolean;
    }
  /**
   * The change can't be planned. A change of a resource that was looked up, existing or not ('type:id'), may correct
   * that.
   */
  | {
      readonly kind: 'unresolved';
      readonly action: JobAction;
      readonly error: string;
      readonly awaits: readonly string[];
    };

interface Step {
  readonly binding: HandlerBinding;
  readonly template: string;
  /** The body that names the template. */
  readonly body: JsonObject;
  readonly action: JobAction;
  readonly onFailure: Job['on_failure'];
}

/**
 * Plans a change as the original did (compatibility P1, P2, P3, P4). Pure: the same change and the same knowledge give
 * the same plan.
 */
export function planChange(known: PlanContext, change: ConfigChange): Plan {
  const action = actionOf(change);
  const lookedUp = new Set<string>();
  const lookup: PlanContext['lookup'] = (type, id) => {
    lookedUp.add(pathKey(type, id));
    return known.lookup(type, id);
  };
  const context = { ...known, lookup };
  try {
    const steps = stepsOf(context, change, action);
    if (steps.length === 0) return { kind: 'read' };
    const jobs = steps.map((step, place) => planJob(context, change, step, place, steps.length));
    return { kind: 'work', action, jobs, undoesEarlier: steps.some(({ body }) => body !== change.body) };
  } catch (error) {
    if (!isKamadoError(error)) throw error;
    return { kind: 'unresolved', action, error: errorText(error), awaits: [...lookedUp] };
  }
}

function actionOf(change: ConfigChange): JobAction {
  if (change.markedForDeletion) return 'logical_delete';
  return change.previous === null ? 'create' : 'modify';
}

/** The handlers, templates and actions of the jobs, in their order. */
function stepsOf(context: PlanContext, change: ConfigChange, action: JobAction): readonly Step[] {
  // If nothing was ever built, no handler has to undo it, and no template is needed.
  const isEnd = action === 'logical_delete';
  const handlers = change.type.handlers.filter((binding) => !isEnd || !isNeverBuilt(context, change, binding));
  const bound = handlers.flatMap((binding) => boundBy(context, change, change.body, binding) ?? []);
  const unbound = noLongerBound(context, change, bound);
  const step = (one: Bound, action: JobAction, onFailure: Job['on_failure'] = 'fail'): Step => {
    return { ...one, action, onFailure };
  };
  const undoing = unbound.toReversed().map((one) => step(one, 'delete'));
  switch (action) {
    case 'create':
      return [...undoing, ...bound.map((one) => step(one, action))];
    case 'delete':
    case 'logical_delete':
      return [...bound, ...unbound].reverse().map((one) => step(one, action));
    case 'modify': {
      const rebuilt = bound.filter(({ binding }) => !context.canModify(binding.handler));
      return [
        ...undoing,
        ...rebuilt.toReversed().map((one) => step(one, 'delete', 'ignore')),
        ...bound.map((one) => step(one, rebuilt.includes(one) ? 'create' : 'modify')),
      ];
    }
  }
}

type Bound = Pick<Step, 'binding' | 'template' | 'body'>;

/** The binding of a handler to a body by a template; null: the handler does nothing. */
function boundBy(context: PlanContext, change: ConfigChange, body: JsonObject, binding: HandlerBinding): Bound | null {
  const { value } = evaluateMapping(binding.template, mappingContext(context, change, body), 'template');
  return typeof value === 'string' && value !== '' ? { binding, template: value, body } : null;
}

/** Handlers that worked on the former body, and have nothing to do with the new one: their effects are undone. */
function noLongerBound(context: PlanContext, change: ConfigChange, bound: readonly Bound[]): readonly Bound[] {
  const { previous, attempted = previous } = change;
  const bodies = [previous, attempted].filter((body) => body !== null);
  const unbound = change.type.handlers.filter((binding) => !bound.some((one) => one.binding === binding));
  return unbound.flatMap((binding) => {
    if (isNeverBuilt(context, change, binding)) return [];
    // A template that depends on a missing resource is unknown.
    const before = bodies.map((body) => unlessMissing(() => boundBy(context, change, body, binding)));
    return before.findLast((one) => one !== null) ?? [];
  });
}

/** Whether a handler has nothing to undo: no worker has begun with its jobs, and nothing was applied by it before. */
function isNeverBuilt(context: PlanContext, change: ConfigChange, binding: HandlerBinding): boolean {
  if (change.isUnbegun?.(binding.handler) !== true) return false;
  const { applied = change.previous } = change;
  return applied === null || unlessMissing(() => boundBy(context, change, applied, binding) === null) === true;
}

function planJob(context: PlanContext, change: ConfigChange, step: Step, place: number, count: number): PlannedJob {
  const { type, id, version } = change;
  const template = templateOf(context, step);
  return {
    action: step.action,
    handler: step.binding.handler,
    resource_type: type.id,
    resource_id: id,
    version,
    job_name: `${type.id}:${id}:${version}`,
    is_first: place === 0,
    is_last: place === count - 1,
    on_failure: step.onFailure,
    params: paramsOf(context, change, step, template),
    resource_input: change.body,
    secretParams: secretParameters(context.model, type.id, template),
  };
}

function templateOf(context: PlanContext, { template: id }: Step): JsonObject {
  const template = context.lookup(TEMPLATE_TYPE, id);
  if (template !== undefined) return template;
  throw kamadoError('REFERENCE_UNRESOLVED', { type: TEMPLATE_TYPE, id, param: 'template' });
}

function paramsOf(context: PlanContext, change: ConfigChange, step: Step, template: JsonObject): readonly JobParam[] {
  const mappings = isJsonObject(template.parameter_mappings) ? template.parameter_mappings : {};
  return Object.entries(mappings).map(([param, source]) => evaluateParam(context, change, step, param, source));
}

/**
 * Evaluates a parameter from the new body, except in the step that tears down. The resources of both bodies count, as
 * far as they exist, so that a modify also waits for users and targets of the old relations (compatibility P3).
 */
function evaluateParam(context: PlanContext, change: ConfigChange, step: Step, param: string, source: Json): JobParam {
  const mapping = parseMapping(source, `${step.template}/parameter_mappings/${param}`);
  const evaluate = () => evaluateMapping(mapping, mappingContext(context, change, step.body), param);
  // Effects are undone even if resources that they referred to are missing: nothing else could remove them.
  const now = step.body === change.body ? evaluate() : (unlessMissing(evaluate) ?? gone);
  if (change.previous === null) return { param, ...now };
  const previous = mappingContext(context, change, change.previous);
  const before = collectReferences(mapping, previous, param);
  // A parameter that refers to a missing resource has no old value any more.
  const torn = step.action === 'delete' ? unlessMissing(() => evaluateMapping(mapping, previous, param)) : null;
  const { type, value } = torn ?? now;
  const resources = [...now.resources, ...before];
  return { param, type, value, resources: step.action === 'create' ? [...resources, ...now.resources] : resources };
}

const gone = { type: 'value', value: null, resources: [] } as const;

function mappingContext({ model, lookup }: PlanContext, change: ConfigChange, body: JsonObject): MappingContext {
  return {
    type: change.type.id,
    body,
    version: change.version,
    relationOf: relationsOf(model),
    lookup,
    isSecret: secretsIn(model),
  };
}
