export { boundHeapGrowth } from './heap-growth.ts';
export { loadComponents } from './load-components.ts';
export { createLog } from './log.ts';
export { systemRuntime } from './system-runtime.ts';
