import type { Arguments } from './arguments.ts';
import type { Run } from './run.ts';
import type { JsonText, Value } from './value.ts';

/** A filter: the value before the bar, and the arguments in the parentheses. */
export type Filter = (run: Run, value: Value, args: Arguments) => Value | JsonText;
