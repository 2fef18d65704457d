import { setFlagsFromString } from 'node:v8';
import { limits } from '../../kernel/index.ts';

/**
 * Lets the heap of this process grow by a share of the live objects before garbage is collected. By default V8 lets it
 * grow to four times the size, so that a burst of large requests would take memory that nothing needs.
 */
export function boundHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${limits.heapGrowthPercent}`);
}
