import { startOpenStackDouble } from '../lab/openstack/openstack-double.ts';
import { systemRuntime } from '../src/app/process/index.ts';
import { type Json, limits, silentLog } from '../src/kernel/index.ts';
import { type HttpSend, nodeSend, openStackEngine } from '../src/southbound/heat/index.ts';
import type { StackEngine } from '../src/southbound/stack/index.ts';
import { parseTemplate, renderGuarded } from '../src/template/index.ts';
import { heatAvailable, startHeat } from '../test/support/openstack.ts';
import { median } from './client.ts';
import { StackWork, stackTemplate } from './stack-work.ts';
import { heading, row } from './table.ts';

const STACKS = 40;
const IN_FLIGHT = 500;
/** The time that each stack takes. */
const FLIGHT_SECONDS = 5;
const RENDERS = 20_000;
/**
 * The figures of the original, from its recordings (compatibility W8): calls per stack, and time besides Heat's own.
 */
const original = { calls: '10–20', addedMs: '1,000–2,000' };

/** Stacks: through a worker, and by Heat's API alone. */
export async function benchStacks(): Promise<void> {
  if (heatAvailable()) await onRealHeat();
  await manyOnTheDouble();
  rendering();
}

async function onRealHeat(): Promise<void> {
  const heat = await startHeat();
  try {
    const { engine, calls } = counted(heat.endpoint);
    const work = await StackWork.start(engine);
    const alone: number[] = [];
    const through: number[] = [];
    let perStack = 0;
    for (let n = 0; n < STACKS; n++) {
      alone.push(await byApiAlone(engine, `alone_${n}`));
      const before = calls();
      through.push(await timed(() => work.done([`through_${n}`], 0)));
      perStack += (calls() - before) / STACKS;
    }
    await work.close();
    await engine.close();
    const added = median(through) - median(alone);
    const halfMs = limits.stackLookUsualMs / 2;
    heading(`A stack on a real Heat (median of ${STACKS}, ms)`, 'Heat alone', 'Kamado', 'ratio');
    row(
      'request to COMPLETE',
      median(alone).toFixed(0),
      median(through).toFixed(0),
      (median(through) / median(alone)).toFixed(2),
    );
    heading('… of which Kamado’s', 'original', 'Kamado', 'aim');
    row(`added (half of stackLookUsualMs is ${halfMs})`, original.addedMs, added.toFixed(0), `${30 + halfMs}`);
    row('calls to Heat', original.calls, perStack.toFixed(1), '');
  } finally {
    await heat.stop();
  }
}

/** A stack by the API alone, polled without pauses until it is complete. */
async function byApiAlone(engine: StackEngine, name: string): Promise<number> {
  const ref = { project: 'bench', name };
  const never = new AbortController().signal;
  const began = performance.now();
  const request = {
    ref,
    revision: '1.0',
    template: stackTemplate,
    parameters: { value: 'v', wait_secs: 0 },
    timeoutMinutes: 5,
  };
  await engine.create(request, never);
  while ((await engine.show(ref, never))?.progress === 'IN_PROGRESS');
  return performance.now() - began;
}

async function manyOnTheDouble(): Promise<void> {
  const double = await startOpenStackDouble({ runtime: systemRuntime });
  try {
    const { engine, calls } = counted(double.endpoint);
    const work = await StackWork.start(engine);
    const oneMs = await timed(() => work.done(['one'], FLIGHT_SECONDS));
    const before = calls();
    const cpu = process.cpuUsage();
    const ids = Array.from({ length: IN_FLIGHT }, (_, i) => `many_${i}`);
    const allMs = await timed(() => work.done(ids, FLIGHT_SECONDS));
    const { user, system } = process.cpuUsage(cpu);
    await work.close();
    await engine.close();
    heading(`${IN_FLIGHT} stacks in flight on the double, ${FLIGHT_SECONDS} s each`, 'one alone', 'all', 'ratio');
    row('request to COMPLETE (ms)', oneMs.toFixed(0), allMs.toFixed(0), (allMs / oneMs).toFixed(2));
    row('calls to Heat for a stack', before.toFixed(0), ((calls() - before) / IN_FLIGHT).toFixed(2), '');
    row('CPU for a stack, with the double’s (ms)', '', ((user + system) / 1_000 / IN_FLIGHT).toFixed(2), '');
  } finally {
    await double.close();
  }
}

async function timed(task: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await task();
  return performance.now() - began;
}

/** An engine that counts its requests. */
function counted(endpoint: string): { readonly engine: StackEngine; readonly calls: () => number } {
  const real = nodeSend();
  let calls = 0;
  const send: HttpSend = Object.assign(
    (request: Parameters<HttpSend>[0]) => {
      calls++;
      return real(request);
    },
    { close: () => real.close?.() },
  );
  const cloud = { kind: 'none', endpoint } as const;
  return { engine: openStackEngine({ runtime: systemRuntime, log: silentLog, send, cloud }), calls: () => calls };
}

function rendering(): void {
  const source = `${stackTemplate}{% for part in jinja_parts %}
  part_{{ loop.index0 }}: { value: {{ part.name | tojson }} }
{% endfor %}`;
  const template = parseTemplate('bench', source);
  const parts: Json = Array.from({ length: 10 }, (_, i) => ({ name: `part ${i}` }));
  const began = performance.now();
  for (let n = 0; n < RENDERS; n++) renderGuarded(template, { jinja_parts: parts });
  const perSecond = (RENDERS * 1_000) / (performance.now() - began);
  heading('Templates', '', 'Kamado', '');
  row('rendered and guarded/s, of 10 parts', '', perSecond.toFixed(0), '');
}
