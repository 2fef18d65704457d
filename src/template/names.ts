import type { CallArguments, Expression, PostfixStep } from './syntax.ts';

/** Whether an expression reads a name. An expression without names has the same value whatever the context. */
export function readsNames(expression: Expression): boolean {
  switch (expression.kind) {
    case 'name':
      return true;
    case 'constant':
      return false;
    case 'list':
    case 'tuple':
      return expression.items.some(readsNames);
    case 'dict':
      return expression.entries.some(({ key, value }) => readsNames(key) || readsNames(value));
    case 'conditional':
      return [expression.test, expression.then, expression.otherwise].some(isGivenAndReadsNames);
    case 'and':
    case 'or':
    case 'concat':
      return expression.operands.some(readsNames);
    case 'not':
    case 'sign':
      return readsNames(expression.operand);
    case 'compare':
    case 'arithmetic':
      return readsNames(expression.first) || expression.rest.some(({ operand }) => readsNames(operand));
    case 'postfix':
      return readsNames(expression.target) || expression.steps.some(stepReadsNames);
  }
}

/** Whether one of the arguments reads a name. */
export function argumentsReadNames({ positional, named }: CallArguments): boolean {
  return positional.some(readsNames) || named.some(({ value }) => readsNames(value));
}

/** The parameters whose arguments read a name. */
export function parametersWithNames(
  { positional, named }: CallArguments,
  parameters: readonly string[],
): ReadonlySet<string> {
  return new Set([
    ...parameters.filter((_, i) => isGivenAndReadsNames(positional[i])),
    ...named.filter(({ value }) => readsNames(value)).map(({ name }) => name),
  ]);
}

function isGivenAndReadsNames(expression: Expression | undefined): boolean {
  return expression !== undefined && readsNames(expression);
}

function stepReadsNames(step: PostfixStep): boolean {
  switch (step.kind) {
    case 'attribute':
      return false;
    case 'item':
      return readsNames(step.index);
    case 'slice':
      return [step.start, step.stop, step.step].some(isGivenAndReadsNames);
    case 'call':
    case 'filter':
    case 'test':
      return argumentsReadNames(step.args);
  }
}
