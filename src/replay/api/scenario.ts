import { parseResourceKey } from '../../records/index.ts';
import { unreadable } from '../json-lines.ts';
import type { RecordedEvent } from '../recorded-event.ts';
import { type RecordedRun, readRunFolder } from '../run-folder.ts';
import { NotedRequests, readNotedRequests } from './noted-requests.ts';
import { isWrite, type RecordedRequest, readRecordedRequests } from './recorded-requests.ts';

/** A step of a run, as seen by the API. */
export type Step = RequestStep | EventStep;

/** A request of a client: a change; or its last read of a resource, if the answer is recorded. */
interface RequestStep {
  readonly kind: 'write' | 'look';
  readonly request: RecordedRequest;
}

/**
 * A report of a worker, the controller or a collector; or a write under /config, which follows from the steps before.
 */
interface EventStep {
  readonly kind: 'report' | 'config';
  readonly event: RecordedEvent;
}

/** The steps of clients, workers and collectors in a run. */
export interface Scenario {
  readonly run: RecordedRun;
  /** The steps in their order; polls are left out. */
  readonly steps: readonly Step[];
}

/**
 * Reads a run folder with `requests.jsonl`, and puts requests and events in one order.
 * @throws RUN_UNREADABLE, also if there are no requests; the errors of `readRunFolder`
 */
export async function readScenario(path: string): Promise<Scenario> {
  const run = await readRunFolder(path);
  const requests = await readRecordedRequests(path);
  if (requests === null) throw unreadable(path, 'it has no requests.jsonl');
  return { run, steps: withNoted(stepsOf(run.events, requests), new NotedRequests(await readNotedRequests(path))) };
}

/**
 * Requests and events, merged by time. Events stay in their order, and so do requests: an event's time is at least that
 * of the events before it. A request that creates a resource comes before the first event of that resource.
 */
function stepsOf(events: readonly RecordedEvent[], requests: readonly RecordedRequest[]): readonly Step[] {
  const waiting = compared(requests);
  const steps: Step[] = [];
  let nowMs = 0;
  for (const event of events) {
    const key = parseResourceKey(event.key);
    const kind = key?.family === 'config' ? 'config' : 'report';
    if (key === null || !['config', 'state', 'monitoring'].includes(key.family)) continue;
    nowMs = Math.max(nowMs, event.timeMs);
    const due = waiting.findLastIndex(
      ({ kind, request }) => request.timeMs <= nowMs || (kind === 'write' && request.id === key.id && isFirst(request)),
    );
    steps.push(...waiting.splice(0, due + 1), { kind, event });
  }
  return [...steps, ...waiting];
}

/** Adds requests that were noted without their time: each before the change that it caused, the others at the end. */
function withNoted(steps: readonly Step[], noted: NotedRequests): readonly Step[] {
  let nowMs = 0;
  const all = steps.flatMap((step): readonly Step[] => {
    nowMs = timeOf(step);
    if (step.kind !== 'config') return [step];
    const request = noted.causeOf(step.event);
    return request === null ? [step] : [{ kind: 'write', request }, step];
  });
  return [...all, ...noted.left(nowMs).map((request): Step => ({ kind: 'write', request }))];
}

/** Whether the request creates its resource. */
function isFirst({ method }: RecordedRequest): boolean {
  return method === 'POST';
}

/** The compared requests: changes, and the last read of each resource. */
function compared(requests: readonly RecordedRequest[]): RequestStep[] {
  const looks = requests.filter((request) => !isWrite(request) && request.response !== null);
  const last = new Set(new Map(looks.map((request) => [request.path, request])).values());
  return requests
    .filter((request) => isWrite(request) || last.has(request))
    .map((request) => ({ kind: isWrite(request) ? 'write' : 'look', request }));
}

/** The time of a step, in milliseconds since the epoch. */
export function timeOf(step: Step): number {
  return 'request' in step ? step.request.timeMs : step.event.timeMs;
}
