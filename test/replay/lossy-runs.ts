import type { RecordedEvent } from '../../src/replay/recorded-event.ts';
import type { RecordedRun } from '../../src/replay/run-folder.ts';

/** A random number in [0, 1) after the other, the same each time. */
function sequence(seed: number): () => number {
  let last = seed;
  return () => {
    last = (last * 48_271) % 2_147_483_647;
    return last / 2_147_483_647;
  };
}

/** Keys that a poller's recording doesn't hold. */
const unpolled = /^\/(?:jobs\/(?:ready|waiting|working|finished)|esi-worker\/config|gohan|job_manager_id|worker-)/;

/** The run as pollers would have it that keep an event where `keeps` says so. */
export function polled(run: RecordedRun, keeps: (event: RecordedEvent) => boolean = () => true): RecordedRun {
  return { ...run, lossless: false, events: run.events.filter((event) => !unpolled.test(event.key) && keeps(event)) };
}

/** Loses a share of the events whose keys are so. */
export function lossyRuns(share: number, lost: RegExp): (run: RecordedRun, seed: number) => RecordedRun {
  return (run, seed) => {
    const random = sequence(seed);
    return polled(run, ({ key }) => !lost.test(key) || random() >= share);
  };
}

/** Jobs ahead of everything else, states behind, by some places: pollers of their own. */
export function apart(run: RecordedRun, seed: number): RecordedRun {
  const places = polled(run).events.map((event, place) => {
    const shift = event.key.startsWith('/jobs/') ? -seed % 4 : event.key.startsWith('/state/') ? seed % 3 : 0;
    return { event, place: place + shift };
  });
  const events = places.sort((a, b) => a.place - b.place).map(({ event }) => event);
  return { ...run, lossless: false, events };
}

/** Every seventh event is told twice. */
export function repeated(run: RecordedRun, seed: number): RecordedRun {
  const { events } = polled(run);
  return {
    ...run,
    lossless: false,
    events: events.flatMap((event, i) => (i % 7 === seed % 7 ? [event, event] : [event])),
  };
}

/** With the processed configs, which a recording may hold although it isn't lossless. */
export function lossyStore(run: RecordedRun, seed: number): RecordedRun {
  const random = sequence(seed);
  const events = run.events.filter((event) => event.key.startsWith('/gohan') || random() >= 0.05);
  return { ...run, lossless: false, events };
}
