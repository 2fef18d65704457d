import { setFlagsFromString } from 'node:v8';
import { limits } from '../../kernel/index.ts';

/**
 * Lets the heap of this process grow by a share of what is alive before garbage is collected. By itself, V8 waits until it
 * is four times as large: a burst of large requests would take memory that nothing needs.
 */
export function boundHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${limits.heapGrowthPercent}`);
}
