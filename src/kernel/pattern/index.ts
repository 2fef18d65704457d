export { operatorPattern, type Pattern, patternFault, pythonPattern } from './pattern.ts';
export { PatternBudget } from './pattern-budget.ts';
export { PatternFault, type PatternLimit } from './pattern-fault.ts';
