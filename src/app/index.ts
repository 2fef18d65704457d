export { type House, type HouseOptions, startHouse } from './application.ts';
export { type RoomName, startRoomProcess } from './component-process.ts';
export { Parts } from './disposables.ts';
export { bringInitialRows } from './initial-rows.ts';
export { startReloadingHouse } from './reload.ts';
