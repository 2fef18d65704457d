import type { Attack } from './attack.ts';
import { fullStore } from './attacks/full-store.ts';
import { fuzzing } from './attacks/fuzzing.ts';
import { hostileDevices } from './attacks/hostile-devices.ts';
import { hostileHeat } from './attacks/hostile-heat.ts';
import { largeLists } from './attacks/large-lists.ts';
import { patterns } from './attacks/patterns.ts';
import { pipelining } from './attacks/pipelining.ts';
import { unreadWatches } from './attacks/unread-watches.ts';

/** All attacks, in the order in which they run. */
export const attacks: readonly Attack[] = [
  fuzzing,
  pipelining,
  largeLists,
  unreadWatches,
  patterns,
  hostileDevices,
  hostileHeat,
  fullStore,
];
