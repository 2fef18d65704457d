import type { Catalog, Deed, Example, Step } from '../catalog/index.ts';
import type { Runtime } from '../kernel/index.ts';
import { ExampleRun, StepFailure } from './example-run.ts';
import { openThrowAwaySystem } from './throw-away-system.ts';

/** Where and why an example failed. */
export interface Failure {
  readonly step: Step;
  /** A line for each difference. */
  readonly reasons: readonly string[];
}

/** Runs an example on a system of its own; null where it does what it says. */
export async function runExample(runtime: Runtime, catalog: Catalog, example: Example): Promise<Failure | null> {
  const system = await openThrowAwaySystem(runtime, catalog);
  try {
    const run = new ExampleRun(catalog.model, system);
    for (const step of example.steps) {
      try {
        await run.carryOut(step.deed);
      } catch (error) {
        if (error instanceof StepFailure) return { step, reasons: error.reasons };
        throw error;
      }
    }
    return null;
  } finally {
    await system.close();
  }
}

/** A failure as lines: the place, the step, and what is wrong. */
export function failureLines({ file }: Example, { step, reasons }: Failure): readonly string[] {
  const { label, position, deed } = step;
  const place = position === null ? file : `${file}:${position.line}:${position.column}`;
  return [`  ${place}: ${label}, ${deedWords(deed)}:`, ...reasons.map((reason) => `    ${reason}`)];
}

function deedWords(deed: Deed): string {
  const whose = 'of' in deed && deed.of !== null ? ` ${deed.of}` : '';
  const type = 'type' in deed && deed.type !== null ? ` ${deed.type}` : '';
  return `${deed.kind}${whose === '' ? type : whose}`;
}
