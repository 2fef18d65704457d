export { type Application, type ApplicationOptions, startApplication } from './application.ts';
export { type ComponentName, startComponentProcess } from './component-process.ts';
export { Disposables } from './disposables.ts';
export { writeInitialRows } from './initial-rows.ts';
export { startReloadingApplication } from './reload.ts';
