import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { Asker, type ContractSubject } from './contract-asker.ts';
import { creating } from './contract-creating.ts';
import { crossing, dying, losingTokens } from './contract-losing.ts';
import { absent, many } from './contract-presence.ts';
import { refusing } from './contract-refusing.ts';
import { updating } from './contract-updating.ts';

export type { ContractSubject } from './contract-asker.ts';

/**
 * What every engine behind the port must do. A file `test/stack/<engine>.contract.test.ts` calls `stackContract` once
 * for each way to run its engine:
 *
 *     stackContract({
 *       name: 'Heat without Keystone',
 *       hasTokens: false,
 *       ...needs('heat', heatAvailable()),
 *       start: async () => {
 *         const heat = await startHeat();
 *         const engine = openStackEngine({ runtime: systemRuntime, log, send: nodeSend(), cloud: heat.cloud });
 *         return { engine, project: 'one', otherProject: 'two', kill: heat.kill, restart: heat.restart, close: … };
 *       },
 *     });
 *
 * All stacks of the suite are removed by it. The templates are HOT, with resources that Heat has for tests.
 */
export interface StackContract {
  /** Names the engine and how it is run. */
  readonly name: string;
  /** Whether it is asked with tokens, which its subject can expire. */
  readonly hasTokens: boolean;
  /** False: it isn't killed, which takes long on a real one, since that is tried in another way to run it. */
  readonly isMortal?: boolean;
  /** Why the suite is left out. */
  readonly skip?: string;
  /** Called once, before the first case. */
  readonly start: () => Promise<ContractSubject>;
}

/** Runs the contract on an engine, as one group of tests. */
export function stackContract({ name, hasTokens, isMortal = true, skip, start }: StackContract): void {
  describe(`the contract of stack engines: ${name}`, skip === undefined ? {} : { skip }, () => {
    const subject: { asker: Asker | null } = { asker: null };
    const asker = (): Asker => {
      assert.ok(subject.asker, 'the engine started');
      return subject.asker;
    };
    before(async () => {
      subject.asker = new Asker(await start());
    });
    after(async () => {
      if (subject.asker === null) return;
      await subject.asker.cleanUp();
      await subject.asker.subject.close();
    });
    creating(asker);
    updating(asker);
    refusing(asker);
    absent(asker);
    many(asker);
    crossing(asker);
    if (hasTokens) losingTokens(asker);
    if (isMortal) dying(asker);
  });
}
