import type { Catalog, Example, ExampleStep, StepAction } from '../catalog/index.ts';
import type { Runtime } from '../kernel/index.ts';
import { ExampleRun, StepFailure } from './example-run.ts';
import { openThrowAwaySystem } from './throw-away-system.ts';

/** The place and the reasons of a failure. */
export interface Failure {
  readonly step: ExampleStep;
  /** A line for each difference. */
  readonly reasons: readonly string[];
}

/** Runs an example on a system of its own; null if it succeeds. */
export async function runExample(runtime: Runtime, catalog: Catalog, example: Example): Promise<Failure | null> {
  const system = await openThrowAwaySystem(runtime, catalog);
  try {
    const run = new ExampleRun(catalog.model, system);
    for (const step of example.steps) {
      try {
        await run.carryOut(step.action);
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

/** A failure as lines: the place, the step, and the reasons. */
export function failureLines({ file }: Example, { step, reasons }: Failure): readonly string[] {
  const { label, position, action } = step;
  const place = position === null ? file : `${file}:${position.line}:${position.column}`;
  return [`  ${place}: ${label}, ${stepActionWords(action)}:`, ...reasons.map((reason) => `    ${reason}`)];
}

function stepActionWords(action: StepAction): string {
  const whose = 'of' in action && action.of !== null ? ` ${action.of}` : '';
  const type = 'type' in action && action.type !== null ? ` ${action.type}` : '';
  return `${action.kind}${whose === '' ? type : whose}`;
}
