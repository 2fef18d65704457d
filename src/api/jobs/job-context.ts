import type { TimelineReader } from '../../database/index.ts';
import type { Runtime, Turns } from '../../kernel/index.ts';
import type { Model } from '../../schema/index.ts';
import type { Store } from '../../store/index.ts';
import type { StoreMasks } from '../store-masks.ts';

/** The context of the routes of jobs. */
export interface JobContext {
  readonly runtime: Runtime;
  readonly model: Model;
  readonly store: Store;
  readonly timeline: TimelineReader;
  readonly masks: StoreMasks;
  readonly turns: Turns;
}
