import { Random } from '../../test/simulation/random.ts';
import { type Attack, Findings, type Size } from './attack.ts';
import { type Liveness, startProber } from './prober.ts';
import { startTarget } from './target.ts';

/** The result of an attack. */
export interface Report {
  readonly attack: string;
  readonly counts: ReadonlyMap<string, number>;
  readonly violations: readonly string[];
  readonly liveness: Liveness;
  /** The peak of the resident memory; null if the system doesn't say. */
  readonly memoryMib: number | null;
}

/** Starts Kamado, attacks it, ends it, and reports. */
export async function perform(attack: Attack, seed: number, size: Size): Promise<Report> {
  const { options, close } = await attack.prepare(size);
  try {
    const started = await startTarget(options);
    try {
      const findings = new Findings();
      const prober = startProber(started.port);
      const restart = async (): Promise<void> => {
        // A process that is restarting can't answer.
        await prober.pause();
        await started.restart();
        prober.resume();
      };
      const target = { ...started, restart };
      await attack.run({ target, random: new Random(seed, attack.name), size, findings }).catch((error: unknown) => {
        // If Kamado no longer answers, the attack can't continue.
        findings.violate('the attack did not end', error instanceof Error ? error.message : String(error));
      });
      const liveness = await prober.stop();
      if (target.ended() !== null) findings.violate('the process ended', `${target.ended()}: ${target.output()}`);
      const memoryMib = await target.peakMemoryMib();
      const { counts, violations } = findings;
      return { attack: attack.name, counts, violations, liveness, memoryMib };
    } finally {
      await started.stop();
    }
  } finally {
    await close();
  }
}
