import type { Json, JsonObject } from '../../src/kernel/index.ts';
import type { HeatEvent, HeatResource, HeatStack } from './heat-stack.ts';

/** The value without Keystone, whatever the project of a stack. */
const USER_PROJECT = 'aprojectid';

/** A stack in a list. `root` is the API of a project: 'http://127.0.0.1:8004/v1/p'. */
export function rowView(stack: HeatStack, root: string, isAdmin: boolean): JsonObject {
  return {
    ...identityView(stack, root),
    ...(isAdmin && { project: stack.identity.project }),
    stack_name: stack.identity.name,
    description: '',
    stack_status: `${stack.action}_${stack.status}`,
    stack_status_reason: stack.reason,
    ...timesView(stack),
    ...ownerView(stack),
    tags: stack.tags,
  };
}

/** A stack by itself. A deleted one has no outputs. */
export function stackView(stack: HeatStack, root: string): JsonObject {
  const isGone = stack.deletedMs !== null;
  const { description } = stack.template;
  const { shown } = stack.parameters;
  const parameters = Object.entries(shown).filter(([name]) => !isGone || name.startsWith('OS::'));
  return {
    stack_name: stack.identity.name,
    ...identityView(stack, root),
    ...timesView(stack),
    notification_topics: [],
    parameters: Object.fromEntries(parameters),
    description,
    template_description: description,
    capabilities: [],
    disable_rollback: true,
    timeout_mins: stack.timeoutMins,
    ...ownerView(stack),
    tags: stack.tags,
    stack_status: `${stack.action}_${stack.status}`,
    stack_status_reason: stack.reason,
    ...(!isGone && { outputs: stack.outputs() }),
  };
}

/** The answer to a create. */
export function identityView(stack: HeatStack, root: string): JsonObject {
  return { id: stack.id, links: [linkTo(stackUrl(stack, root), 'self')] };
}

/** The URL of a stack. */
export function stackUrl({ id, identity }: HeatStack, root: string): string {
  return `${root}/stacks/${identity.name}/${id}`;
}

export function eventView(stack: HeatStack, event: HeatEvent, root: string): JsonObject {
  const url = stackUrl(stack, root);
  const resource = `${url}/resources/${event.resource}`;
  return {
    id: event.id,
    links: [linkTo(`${resource}/events/${event.id}`, 'self'), linkTo(resource, 'resource'), linkTo(url, 'stack')],
    event_time: timeText(event.timeMs),
    logical_resource_id: event.resource,
    resource_name: event.resource,
    physical_resource_id: event.physicalId,
    resource_status: event.status,
    resource_status_reason: event.reason,
  };
}

export function resourceView(stack: HeatStack, resource: HeatResource, root: string): JsonObject {
  const url = stackUrl(stack, root);
  const requiredBy = [...stack.resources.values()].filter(({ requires }) => requires.includes(resource.name));
  return {
    updated_time: timeText(resource.updatedMs),
    creation_time: timeText(resource.createdMs),
    logical_resource_id: resource.name,
    resource_name: resource.name,
    physical_resource_id: resource.physicalId ?? '',
    resource_status: `${resource.action}_${resource.status}`,
    resource_status_reason: resource.reason,
    resource_type: resource.typeName,
    links: [
      linkTo(`${url}/resources/${resource.name}`, 'self'),
      linkTo(url, 'stack'),
      ...(resource.nested === null ? [] : [linkTo(stackUrl(resource.nested, root), 'nested')]),
    ],
    required_by: requiredBy.map(({ name }) => name),
  };
}

function timesView({ createdMs, updatedMs, deletedMs }: HeatStack): JsonObject {
  return {
    creation_time: timeText(createdMs),
    updated_time: updatedMs === null ? null : timeText(updatedMs),
    deletion_time: deletedMs === null ? null : timeText(deletedMs),
  };
}

function ownerView({ identity }: HeatStack): JsonObject {
  return { stack_owner: identity.owner, parent: identity.parent?.id ?? null, stack_user_project_id: USER_PROJECT };
}

function linkTo(href: string, rel: string): JsonObject {
  return { href, rel };
}

/** '2026-01-31T12:00:00Z': whole seconds, as Heat prints them. */
function timeText(timeMs: number): Json {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
