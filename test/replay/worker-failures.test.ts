import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { type JsonObject, parseJson } from '../../src/kernel/json.ts';
import { readWorkerRun, replayWorker } from '../../src/replay/worker/worker-replay.ts';
import { objectOf, skipWithoutTraces } from '../schema/recordings.ts';
import { type ChangeLines, type Changes, copyOf } from './run-copies.ts';

const options = { skip: skipWithoutTraces };
const RUN = '2018_vpn_gateway';
/** The last stack of that run. */
const STACK = 'static_route_31980341-9bef-4f05-8df7-674dea343884';
const KEY = 'static_routes/31980341-9bef-4f05-8df7-674dea343884';

const server: JsonObject = {
  code: 500,
  title: 'Internal Server Error',
  explanation: 'The server has either erred or is incapable of performing the requested operation.',
  error: { type: 'DBConnectionError', message: 'MySQL is gone', traceback: null },
};

/** Lines of objects, each changed, or left out where there is nothing in its place. */
function each(change: (line: JsonObject) => JsonObject | null): ChangeLines {
  return (lines) =>
    lines
      .map((line) => change(objectOf(parseJson(line))))
      .flatMap((line) => (line === null ? [] : [JSON.stringify(line)]));
}

/** Looks at the stack that the run tells after the call. */
const isLook = ({ method, stack_name: stack, status }: JsonObject): boolean =>
  method === 'GET' && stack === STACK && status === 200;

const failedResult = (error: string) =>
  each((line) => {
    const isMeant = line.event === 'job_results' && KEY.endsWith(String(line.id));
    return isMeant ? { ...line, results: { heat_outputs: [], orchestration_state: 'CREATE_ERROR', error } } : line;
  });

/** What the job handed on says that it failed; nothing is kept of a stack. */
const failedEvents = each((line) => {
  const { key, action } = line;
  if (!String(key).endsWith(KEY) || (!String(key).startsWith('/esi-worker/') && !String(key).startsWith('/state/')))
    return line;
  if (String(key).startsWith('/state/')) {
    const state = { heat_outputs: '[]', orchestration_state: 'CREATE_ERROR', worker_state: 'CREATE_ERROR' };
    return { ...line, value: { error: 'HTTPInternalServerError: gone', state, version: 1 } };
  }
  if (String(key).includes('heat_stacks')) return null;
  const isResult = action === 'compareAndSwap';
  return isResult ? { ...line, value: { heat_outputs: [], orchestration_state: 'CREATE_ERROR' } } : line;
});

const failures: readonly (readonly [string, Changes])[] = [
  [
    'Heat answered 500 while it was asked for the stack',
    { heatCalls: each((line) => (isLook(line) ? { ...line, status: 500, response: server } : line)) },
  ],
  [
    'only the log of the worker tells that Heat answered 500',
    {
      heatCalls: each((line) => (isLook(line) ? null : line)),
      worker: failedResult(`HTTPInternalServerError: ${JSON.stringify(server)}`),
    },
  ],
  [
    'the stack failed',
    {
      heatCalls: each((line) => {
        if (!isLook(line) || line.response === undefined) return line;
        const response = objectOf(line.response);
        const stack = { ...objectOf(response.stack), stack_status: 'CREATE_FAILED', stack_status_reason: 'no host' };
        return { ...line, response: { ...response, stack } };
      }),
    },
  ],
  [
    'Heat refused the template',
    {
      heatCalls: each((line) => {
        if (line.stack_name !== STACK) return line;
        const error = { type: 'StackValidationFailed', message: 'no such type', traceback: null };
        const response = { code: 400, title: 'Bad Request', explanation: '', error };
        return line.method === 'POST' ? { ...line, status: 400, response } : isLook(line) ? null : line;
      }),
    },
  ],
];

for (const [what, changes] of failures) {
  test(`where ${what}, the job fails as was recorded`, options, async (t) => {
    const folder = copyOf(t, RUN, {
      worker: failedResult('HTTPInternalServerError: gone'),
      ...changes,
      events: failedEvents,
    });
    const { mismatches, excused, families } = await replayWorker(await readWorkerRun(folder));
    assert.deepEqual([...mismatches, ...excused], []);
    assert.deepEqual(
      families.map(({ matched }) => matched),
      [22, 22, 21, 66, 22, 22],
    );
  });
}

test('a job that fails where it was recorded to be done is a mismatch that says why', options, async (t) => {
  const [, changes] = failures[2] ?? [];
  const { mismatches } = await replayWorker(
    await readWorkerRun(copyOf(t, RUN, { heatCalls: changes?.heatCalls ?? ((lines) => lines) })),
  );
  const [job] = mismatches.filter(({ family }) => family === 'jobs');
  assert.match(String(job?.differences[0]?.planned), /^failed: .*CREATE_FAILED: no host/);
});

test('a stack that was there before the recording is changed, and not made', options, async (t) => {
  const port = /port_47c9831b|ports\/47c9831b|:port:47c9831b/;
  const heatCalls: ChangeLines = (lines) => {
    const put = lines.findIndex((line) => port.test(line) && line.includes('"PUT"'));
    return lines.filter((line, i) => i >= put || !port.test(line));
  };
  let jobs = 0;
  const events: ChangeLines = (lines) => {
    const before = lines.findIndex((line) => line.includes('modify:heat_worker:port:47c9831b'));
    return lines.filter((line, i) => {
      const isOld = i < before && /:port:47c9831b|(?:job_state|heat_stacks|\/state)\/v2.0\/ports\/47c9831b/.test(line);
      if (isOld && line.includes('"/jobs/all/create')) jobs++;
      return !isOld;
    });
  };
  const worker: ChangeLines = (lines) =>
    lines.filter((line) => !(line.includes('"job_results"') && line.includes('"create"') && line.includes('47c9831b')));
  const { mismatches, excused } = await replayWorker(
    await readWorkerRun(copyOf(t, '2019_firewall', { heatCalls, events, worker })),
  );
  assert.ok(jobs > 0);
  assert.deepEqual([...mismatches, ...excused], []);
});

const bad: readonly (readonly [string, 'heatCalls' | 'worker', string, RegExp])[] = [
  ['no JSON', 'heatCalls', '{"method":', /heat_calls\.jsonl: line 2: an object is expected/],
  ['no method', 'heatCalls', '{"path":"/v1/p/stacks"}', /line 2: a method is expected/],
  ['no path', 'heatCalls', '{"method":"GET"}', /line 2: a path is expected/],
  ['an unknown method', 'heatCalls', '{"method":"BURN","path":"/v1/p/stacks/s"}', /line 2: unknown method "BURN"/],
  ['a call without a stack', 'heatCalls', '{"method":"POST","path":"/v1/p/stacks"}', /line 2: .*no stack_name/],
  ['a status that is none', 'heatCalls', '{"method":"GET","path":"/v1/p/stacks/s","status":"ok"}', /line 2: a status/],
  [
    'a template that is no text',
    'heatCalls',
    '{"method":"POST","path":"/v1/p/stacks","body":{"stack_name":"s","template":{}}}',
    /line 2: body\.template/,
  ],
  [
    'parameters that are none',
    'heatCalls',
    '{"method":"PUT","path":"/v1/p/stacks/s","body":{"parameters":[]}}',
    /line 2: body\.parameters/,
  ],
  ['deep nesting', 'heatCalls', `${'['.repeat(70)}${']'.repeat(70)}`, /line 2 is nested/],
  ['no object', 'worker', '7', /worker\.jsonl: line 2: an object is expected/],
  ['results of nothing', 'worker', '{"event":"job_results"}', /line 2: job_results need a type and an id/],
  [
    'results that are none',
    'worker',
    '{"event":"job_results","type":"t","id":"i","results":[]}',
    /line 2: .*"results"/,
  ],
];

for (const [what, file, line, message] of bad) {
  test(`a line with ${what} is refused with its number`, options, async (t) => {
    const folder = copyOf(t, RUN, { [file]: (lines: readonly string[]) => lines.toSpliced(1, 0, line) });
    await assert.rejects(
      readWorkerRun(folder),
      (error) => isKamadoError(error, 'RUN_UNREADABLE') && message.test(error.message),
    );
  });
}

test('calls that are about no stack, or only look at what it holds, change nothing', options, async (t) => {
  const more = [
    { method: 'GET', path: '/v1/p/stacks', status: 200, response: { stacks: [] } },
    { method: 'GET', path: `/v1/p/stacks/${STACK}/1/template`, status: 200, response: { outputs: {} } },
    { method: 'GET', path: `/v1/p/stacks/${STACK}/1/resources`, status: 200, response: { resources: [] } },
    { method: 'POST', path: '/v1/p/validate', status: 200, body: { template: {} } },
    { method: 'POST', path: `/v1/p/stacks/${STACK}/1/actions`, status: 200, body: { check: null } },
    { method: 'GET', path: 'nonsense', status: null },
  ];
  const heatCalls: ChangeLines = (lines) => [...more.map((line) => JSON.stringify(line)), ...lines];
  const { mismatches, excused } = await replayWorker(await readWorkerRun(copyOf(t, RUN, { heatCalls })));
  assert.deepEqual([...mismatches, ...excused], []);
});

test('jobs that nothing can be made of are mismatches', options, async (t) => {
  let [broken, unknown] = ['', ''];
  const events: ChangeLines = each((line) => {
    const { key, action } = line;
    if (action !== 'set' || !String(key).startsWith('/jobs/all/create:heat_worker:')) return line;
    if (broken === '') {
      broken = String(key).slice('/jobs/all/'.length);
      return { ...line, value: ['heat_worker', { id: 7 }, 0] };
    }
    if (unknown !== '') return line;
    unknown = 'create:heat_worker:nothing:a:1:abcde';
    return { ...line, key: `/jobs/all/${unknown}`, value: 'no job' };
  });
  const { mismatches } = await replayWorker(await readWorkerRun(copyOf(t, RUN, { events })));
  assert.deepEqual(
    mismatches.filter(({ family }) => family === 'jobs').map(({ subject }) => subject),
    [broken, unknown],
  );
});

test('a run without jobs of Heat has none of them recorded', options, async (t) => {
  const empty: ChangeLines = () => [];
  const report = await replayWorker(
    await readWorkerRun(copyOf(t, RUN, { events: empty, heatCalls: empty, worker: empty })),
  );
  assert.ok(report.families.every(({ isRecorded }) => !isRecorded));
});

test('a job whose worker was lost is compared with how it was done the last time', options, async (t) => {
  const path = 'v2.0/networks/3ad67159-9f73-404a-94da-582bda1641fb';
  const events: ChangeLines = (lines) => {
    const working = lines.findIndex((line) => line.includes('"/jobs/working/create:heat_worker:network:3ad67159'));
    const result = lines.findIndex((line) => line.includes(`heat_stacks/${path}`));
    const claim = objectOf(parseJson(lines[working] ?? ''));
    const again = [
      JSON.stringify({ ...claim, action: 'expire', value: null }),
      JSON.stringify(claim),
      JSON.stringify({ action: 'set', key: `/esi-worker/job_state/${path}`, value: {} }),
    ];
    return lines.toSpliced(result, 0, ...again);
  };
  const { mismatches, excused } = await replayWorker(await readWorkerRun(copyOf(t, '2019_firewall', { events })));
  assert.deepEqual([...mismatches, ...excused], []);
});
