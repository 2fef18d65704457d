import { type JsonObject, limits } from '../kernel/index.ts';
import { flag, mapping, means, name, statusMachine, text } from './metaschema-parts.ts';

const delay = { type: 'number', minimum: 0, maximum: limits.retryDelaySeconds };

const retry = {
  type: 'object',
  required: ['attempts'],
  properties: {
    attempts: means(`How often it is tried again, ${limits.retryAttempts} times at most.`, {
      type: 'integer',
      minimum: 1,
      maximum: limits.retryAttempts,
    }),
    first_delay_seconds: means('The pause before the first new try; it doubles from try to try. 1 by default.', delay),
    longest_delay_seconds: means('The longest pause; 60 by default.', delay),
  },
  additionalProperties: false,
};

const handler = {
  type: 'object',
  required: ['handler', 'template'],
  properties: {
    handler: means('The name of the handler: heat_worker, monitoring_worker, or one of your own.', name),
    template: means(
      "A mapping of the resource's own properties that gives the id of a heat_template, or null for none: Cmy_template.",
      mapping,
    ),
    retry: means('A job that fails is tried again; without it one failure fails the job.', retry),
    state_form: means("'2017': the state says no orchestration_state, as then. '2018' by default.", {
      enum: ['2017', '2018'],
    }),
  },
  additionalProperties: false,
};

/** The section of a schema about storing, processing and judging its resources (compatibility L1). */
export const metadata = {
  type: 'object',
  properties: {
    state_versioning: means('true: resources have versions and take states. Handlers and a status need it.', flag),
    handlers: means('The handlers that work on a resource, in order.', { type: 'array', items: handler }),
    template_path: means('Short for one handler heat_worker, without retries: the mapping of its template.', mapping),
    status_machine: means(
      'The way to find the property status from the known facts about a resource: the name of a machine, or rules of its own.',
      statusMachine,
    ),
    two_step_deletion: means(
      'false: DELETE removes at once. Else it marks, and the row goes when the handlers are done.',
      flag,
    ),
    nosync: means('true: not mirrored to the store; then nothing works on it.', flag),
    sync_key_template: means(
      "The key in the store: a path with {{ property }} in it instead of the resource's own.",
      text,
    ),
    sync_property: means('The value in the store is this property instead of the whole body.', text),
    sync_plain: means('true: the value in the store has no version and mark around it.', flag),
    sync_skip_config_prefix: means('true: the key in the store has no /config before it.', flag),
    substr_search_enabled: means('false: search_field is refused in lists.', flag),
    type: means('metaschema: the type has no URL and no table.', text),
  },
};

/** Keys that user interfaces use, or that the original used. They are accepted without a warning. */
export const foreignMetadata: JsonObject = {
  view: means('For user interfaces; not evaluated.', {}),
  resource_group: means('For user interfaces; not evaluated.', {}),
  locking_policy: means('Not evaluated: rows are always locked if that matters.', {}),
};

/** The keys of `metadata` that have a meaning here. */
export const knownMetadata: ReadonlySet<string> = new Set([
  ...Object.keys(metadata.properties),
  ...Object.keys(foreignMetadata),
]);
