import type { HotTemplate } from '../../src/hot/index.ts';
import { errorText, type JsonObject, type Runtime, sleep } from '../../src/kernel/index.ts';
import { describe } from './describe-resource.ts';
import type { HeatResource, HeatStack, StackAction, Work } from './heat-stack.ts';
import { EngineKilled, ResourceFailure, WorkCancelled } from './resource-failure.ts';

/** The environment of work on resources. */
export interface Workshop {
  readonly runtime: Runtime;
  /** The minimum time of each work. */
  readonly resourceMs: number;
  /** Creates or updates the nested stack of a resource by the template. null removes it. */
  readonly nest: (
    stack: HeatStack,
    resource: HeatResource,
    template: HotTemplate | null,
    signal: AbortSignal,
  ) => Promise<void>;
}

const SUFFIX_LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';
const SUFFIX_LENGTH = 12;

/**
 * Creates, updates or removes a resource, and records the result. Rejects with ResourceFailure, WorkCancelled or
 * EngineKilled.
 */
export async function work(
  workshop: Workshop,
  stack: HeatStack,
  resource: HeatResource,
  action: StackAction,
  properties: JsonObject,
): Promise<void> {
  const ending = new AbortController();
  stack.works.set(ending, stack.traversal);
  stack.setResource(resource, action, 'IN_PROGRESS');
  const done = worked(workshop, stack, resource, action, properties, ending.signal).finally(() => {
    stack.works.delete(ending);
  });
  const busy = done
    .catch(() => {})
    .then(() => {
      if (resource.busy === busy) resource.busy = null;
    });
  resource.busy = busy;
  await done;
}

async function worked(
  workshop: Workshop,
  stack: HeatStack,
  resource: HeatResource,
  action: StackAction,
  properties: JsonObject,
  signal: AbortSignal,
): Promise<void> {
  const context = contextOf(workshop, stack, resource, action, signal);
  try {
    await context.wait(workshop.resourceMs);
    switch (action) {
      case 'CREATE':
        await resource.type.create(resource, properties, context);
        break;
      case 'UPDATE':
        await resource.type.update(resource, properties, context);
        break;
      case 'DELETE':
        await resource.type.delete(resource, context);
        break;
    }
    resource.properties = properties;
    stack.setResource(resource, action, 'COMPLETE');
  } catch (error) {
    if (error instanceof EngineKilled) throw error;
    if (error instanceof WorkCancelled) {
      stack.setResource(resource, action, 'FAILED', `${action} aborted (${causeOf(error, stack, resource, action)})`);
      throw error;
    }
    const failure = failureOf(error, resource);
    stack.setResource(resource, action, 'FAILED', failure.message);
    throw failure;
  }
}

function causeOf({ cause }: WorkCancelled, stack: HeatStack, resource: HeatResource, action: StackAction): string {
  if (cause === 'user') return 'user triggered cancel';
  // The task got its name when it began.
  const named = action === 'CREATE' ? { ...resource, physicalId: null } : resource;
  return `Task ${action.toLowerCase()} from ${describe(named, stack)} Timed out`;
}

function failureOf(error: unknown, { name }: HeatResource): ResourceFailure {
  return error instanceof ResourceFailure ? error : new ResourceFailure('ValueError', [name], errorText(error));
}

function contextOf(
  workshop: Workshop,
  stack: HeatStack,
  resource: HeatResource,
  action: StackAction,
  signal: AbortSignal,
): Work {
  const { runtime } = workshop;
  return {
    runtime,
    action,
    wait: async (delayMs) => {
      if (delayMs === null) await aborted(signal);
      else if (delayMs > 0) await sleep(runtime, delayMs, signal);
      signal.throwIfAborted();
    },
    nest: (template) => workshop.nest(stack, resource, template, signal),
  };
}

/** 'stack-resource-k3vz…' */
export function physicalName(runtime: Runtime, prefix: string): string {
  const letters = Array.from({ length: SUFFIX_LENGTH }, () => SUFFIX_LETTERS[runtime.randomInteger(32)]);
  return `${prefix}-${letters.join('')}`;
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
