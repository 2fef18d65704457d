import { Agent, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Liveness, ProberReport, ProberRequest } from './prober.ts';

// Probes `/livez` at the given port, one request after the other, until the parent says stop.
const PAUSE_MS = 10;
const GIVE_UP_MS = 30_000;
const port = Number(process.argv[2]);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const timesMs: number[] = [];
let failures = 0;
const state: { asked: ProberRequest; isPaused: boolean } = { asked: 'resume', isPaused: false };
process.on('message', (request: ProberRequest) => {
  state.asked = request;
});

while (state.asked !== 'stop') {
  if (state.asked === 'pause') {
    if (!state.isPaused) tell('paused');
    state.isPaused = true;
    await pause(PAUSE_MS);
    continue;
  }
  state.isPaused = false;
  const startMs = performance.now();
  if (await probe()) timesMs.push(performance.now() - startMs);
  else failures++;
  await pause(PAUSE_MS);
}
agent.destroy();
timesMs.sort((a, b) => a - b);
const at = (share: number): number => timesMs[Math.floor(share * (timesMs.length - 1))] ?? Number.NaN;
const liveness: Liveness = {
  answers: timesMs.length,
  failures,
  p50Ms: at(0.5),
  p99Ms: at(0.99),
  longestMs: at(1),
};
tell(liveness, () => process.disconnect());

function tell(report: ProberReport, then: () => void = () => {}): void {
  process.send?.(report, then);
}

function probe(): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/livez', agent, timeout: GIVE_UP_MS }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode === 200));
      response.once('error', () => resolve(false));
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}
