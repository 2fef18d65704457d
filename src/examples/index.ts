export { failureLines, runExample } from './run-example.ts';
export { openThrowAwaySystem } from './throw-away-system.ts';
