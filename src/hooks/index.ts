export { checkActions } from './check-actions.ts';
export { checkHooks } from './check-hooks.ts';
export { outsideEvents } from './events.ts';
export { openHookedDatabase } from './hooked-database.ts';
export { type HookModules, loadHookModules } from './load-hooks.ts';
export { type LoadedHooks, nothingLoaded } from './loaded-hooks.ts';
export { requestHooks } from './request-hooks.ts';
