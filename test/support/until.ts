import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE_MS = 15_000;

/** Waits until the condition gives something, and fails where it doesn't in time. */
export async function until<Result>(
  condition: () => Result | Promise<Result>,
  what: string,
): Promise<Exclude<Result, null | undefined | false>> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const result = await condition();
    if (isGiven(result)) return result;
    assert.ok(performance.now() < deadline, `not in time: ${what}`);
    await pause(2);
  }
}

function isGiven<Result>(result: Result): result is Exclude<Result, null | undefined | false> {
  return result !== null && result !== undefined && result !== false;
}
