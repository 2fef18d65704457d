export { openPostgresDriver } from './postgres-driver.ts';
