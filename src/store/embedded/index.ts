export { type EmbeddedLimits, openEmbeddedStore } from './embedded-store.ts';
export { memoryPersistence } from './memory-persistence.ts';
export { sqlitePersistence } from './sqlite-persistence.ts';
