export { openSqliteDriver } from './sqlite-driver.ts';
