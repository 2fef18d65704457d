import { getAttribute, getItem, slice } from './access.ts';
import type { Arguments } from './arguments.ts';
import type { Scope } from './context.ts';
import { filters } from './filters.ts';
import { callFunction } from './functions.ts';
import { callMethod, joinTexts } from './methods.ts';
import { applySign, calculate, compareBy, dictKey } from './operators.ts';
import { isJsonText, print } from './printing.ts';
import type { Run } from './run.ts';
import type { CallArguments, Expression, FilterStep, PostfixStep } from './syntax.ts';
import { tests } from './tests.ts';
import {
  type DictEntry,
  isUndefined,
  type JsonText,
  orUndefined,
  truthy,
  typeName,
  undefinedValue,
  type Value,
} from './value.ts';

/** The value of an expression. Throws TEMPLATE_INVALID at its line, and TEMPLATE_LIMIT. */
export function evaluate(run: Run, scope: Scope, expression: Expression): Value | JsonText {
  run.charge(1);
  run.line = expression.line;
  switch (expression.kind) {
    case 'constant':
      return expression.value;
    case 'name':
      return orUndefined(scope.get(expression.name), `"${expression.name}" is undefined`);
    case 'list':
      return run.list(expression.items.map((item) => operand(run, scope, item)));
    case 'tuple':
      return run.tuple(expression.items.map((item) => operand(run, scope, item)));
    case 'dict':
      return dict(run, scope, expression.entries);
    case 'conditional':
      if (truthy(operand(run, scope, expression.test))) return evaluate(run, scope, expression.then);
      if (expression.otherwise !== undefined) return evaluate(run, scope, expression.otherwise);
      return undefinedValue('the inline if is false and has no else');
    case 'and':
    case 'or':
      return logic(run, scope, expression.operands, expression.kind === 'or');
    case 'not':
      return !truthy(operand(run, scope, expression.operand));
    case 'compare':
      return compare(run, scope, expression);
    case 'arithmetic': {
      let result = operand(run, scope, expression.first);
      for (const { operator, operand: next } of expression.rest) {
        result = calculate(run, operator, result, operand(run, scope, next));
      }
      return result;
    }
    case 'concat':
      return joinTexts(
        run,
        expression.operands.map((part) => print(run, operand(run, scope, part))),
        '',
      );
    case 'sign':
      return applySign(run, expression.negative, operand(run, scope, expression.operand));
    case 'postfix':
      return postfix(run, scope, expression);
  }
}

/** The value of an expression as an operand. The result of `tojson` is plain text here. */
export function operand(run: Run, scope: Scope, expression: Expression): Value {
  return plain(evaluate(run, scope, expression));
}

/** Returns the result of `tojson` as plain text. */
export function plain(value: Value | JsonText): Value {
  return isJsonText(value) ? value.text : value;
}

function dict(run: Run, scope: Scope, parts: readonly { key: Expression; value: Expression }[]): Value {
  const entries = new Map<string, DictEntry>();
  for (const part of parts) {
    const key = operand(run, scope, part.key);
    const mapKey = dictKey(run, key);
    const value = operand(run, scope, part.value);
    entries.set(mapKey, { key: entries.get(mapKey)?.key ?? key, value });
  }
  return run.dict(entries);
}

/** Like Python's `and` and `or`: the operand that decides is the result. */
function logic(run: Run, scope: Scope, operands: readonly Expression[], stopAt: boolean): Value | JsonText {
  let result: Value | JsonText = null;
  for (const part of operands) {
    result = evaluate(run, scope, part);
    if (truthy(plain(result)) === stopAt) break;
  }
  return result;
}

function compare(run: Run, scope: Scope, expression: Expression & { readonly kind: 'compare' }): boolean {
  let left = operand(run, scope, expression.first);
  for (const { operator, operand: next } of expression.rest) {
    const right = operand(run, scope, next);
    if (!compareBy(run, operator, left, right)) return false;
    left = right;
  }
  return true;
}

function postfix(run: Run, scope: Scope, expression: Expression & { readonly kind: 'postfix' }): Value | JsonText {
  const { steps, target } = expression;
  let index = 0;
  let value: Value | JsonText;
  const [first] = steps;
  if (first?.kind === 'call') {
    index = 1;
    value = callTarget(run, scope, target, first.args);
  } else value = evaluate(run, scope, target);
  for (let step = steps[index]; step !== undefined; step = steps[++index]) {
    run.charge(1);
    run.line = step.line;
    const next = steps[index + 1];
    if (step.kind === 'attribute' && next?.kind === 'call') {
      value = callMethod(run, plain(value), step.name, callArguments(run, scope, next.args));
      index++;
    } else value = applyStep(run, scope, plain(value), step);
  }
  return value;
}

function callTarget(run: Run, scope: Scope, target: Expression, args: CallArguments): Value {
  const own = target.kind === 'name' ? scope.get(target.name) : operand(run, scope, target);
  if (own === undefined && target.kind === 'name') {
    return callFunction(run, target.name, callArguments(run, scope, args));
  }
  throw notCallable(run, own === undefined ? null : plain(own));
}

function notCallable(run: Run, value: Value): Error {
  return isUndefined(value) ? run.failUndefined(value) : run.fail(`${typeName(value)} can not be called`);
}

function applyStep(run: Run, scope: Scope, value: Value, step: PostfixStep): Value | JsonText {
  switch (step.kind) {
    case 'attribute':
      return getAttribute(run, value, step.name);
    case 'item':
      return getItem(run, value, operand(run, scope, step.index));
    case 'slice': {
      const bound = (part: Expression | undefined) => (part === undefined ? null : operand(run, scope, part));
      return slice(run, value, { start: bound(step.start), stop: bound(step.stop), step: bound(step.step) });
    }
    case 'filter':
      return applyFilter(run, value, step, callArguments(run, scope, step.args));
    case 'test': {
      const test = tests.get(step.name);
      if (test === undefined) throw run.fail(`there is no test "${step.name}"`);
      return test(run, value, callArguments(run, scope, step.args)) !== step.negated;
    }
    case 'call':
      throw notCallable(run, value);
  }
}

/** The result of a filter whose arguments were evaluated before. */
export function applyFilter(run: Run, value: Value, step: FilterStep, args: Arguments): Value | JsonText {
  run.line = step.line;
  const filter = filters.get(step.name);
  if (filter === undefined) throw run.fail(`there is no filter "${step.name}"`);
  return filter(run, value, args);
}

export function callArguments(run: Run, scope: Scope, args: CallArguments): Arguments {
  return {
    positional: args.positional.map((part) => operand(run, scope, part)),
    named: new Map(args.named.map(({ name, value }) => [name, operand(run, scope, value)])),
  };
}
