export type { EmbeddedLimits } from './embedded-limits.ts';
export { openEmbeddedStore } from './embedded-store.ts';
export { memoryPersistence } from './memory-persistence.ts';
export { sqlitePersistence } from './sqlite-persistence.ts';
