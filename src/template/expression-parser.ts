import { fitsInteger } from './arithmetic.ts';
import { beyond } from './faults.ts';
import { filters } from './filters.ts';
import { checkPatternArgument } from './match-pattern.ts';
import type {
  ArithmeticOperator,
  CallArguments,
  CompareOperator,
  Expression,
  FilterStep,
  Operation,
  PostfixStep,
} from './syntax.ts';
import { tests } from './tests.ts';
import type { TokenStream } from './token-stream.ts';

const CONSTANTS: ReadonlyMap<string, null | boolean> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);

const SUM: readonly ArithmeticOperator[] = ['+', '-'];
const PRODUCT: readonly ArithmeticOperator[] = ['*', '/', '//', '%'];
const POWER: readonly ArithmeticOperator[] = ['**'];
const COMPARISONS: readonly CompareOperator[] = ['==', '!=', '<', '<=', '>', '>='];

/** Parses an expression, with the inline `if` if it is allowed (not in the head of a `for`). */
export function parseExpression(stream: TokenStream, withConditional = true): Expression {
  return stream.nested(() => (withConditional ? parseConditional(stream) : parseOr(stream)));
}

/** Parses expressions separated by commas, which make a tuple even without parentheses. */
export function parseTuple(stream: TokenStream, withConditional = true, mayBeEmpty = false): Expression {
  const { line } = stream.current;
  const items: Expression[] = [];
  let isTuple = false;
  while (!isTupleEnd(stream)) {
    items.push(parseExpression(stream, withConditional));
    if (!stream.skip('operator', ',')) break;
    isTuple = true;
  }
  const [only] = items;
  if (!isTuple && only !== undefined) return only;
  if (!isTuple && !mayBeEmpty) throw stream.fail(`expected an expression, found ${stream.describe()}`);
  return { kind: 'tuple', items, line };
}

function isTupleEnd(stream: TokenStream): boolean {
  return stream.is('output-end') || stream.is('block-end') || stream.is('operator', ')');
}

function parseConditional(stream: TokenStream): Expression {
  const { line } = stream.current;
  const then = parseOr(stream);
  if (!stream.skip('name', 'if')) return then;
  const test = parseOr(stream);
  const otherwise = stream.skip('name', 'else') ? parseExpression(stream) : undefined;
  if (stream.is('name', 'if')) throw stream.fail('put parentheses around the first "if"');
  return { kind: 'conditional', test, then, otherwise, line };
}

function parseOr(stream: TokenStream): Expression {
  return parseLogic(stream, 'or', () => parseLogic(stream, 'and', () => parseNot(stream)));
}

function parseLogic(stream: TokenStream, kind: 'and' | 'or', parseOperand: () => Expression): Expression {
  const { line } = stream.current;
  const first = parseOperand();
  const operands = [first];
  while (stream.skip('name', kind)) operands.push(parseOperand());
  return operands.length === 1 ? first : { kind, operands, line };
}

function parseNot(stream: TokenStream): Expression {
  const { line } = stream.current;
  if (!stream.skip('name', 'not')) return parseCompare(stream);
  return { kind: 'not', operand: stream.nested(() => parseNot(stream)), line };
}

function parseCompare(stream: TokenStream): Expression {
  const { line } = stream.current;
  const first = parseSum(stream);
  const rest: Operation<CompareOperator>[] = [];
  for (;;) {
    const operator = takeComparison(stream);
    if (operator === undefined) return rest.length === 0 ? first : { kind: 'compare', first, rest, line };
    rest.push({ operator, operand: parseSum(stream) });
  }
}

function takeComparison(stream: TokenStream): CompareOperator | undefined {
  if (stream.skip('name', 'in')) return 'in';
  if (stream.is('name', 'not') && stream.following.kind === 'name' && stream.following.value === 'in') {
    stream.next();
    stream.next();
    return 'not in';
  }
  return takeOperator(stream, COMPARISONS);
}

function takeOperator<Operator extends string>(
  stream: TokenStream,
  operators: readonly Operator[],
): Operator | undefined {
  return operators.find((operator) => stream.skip('operator', operator));
}

function parseSum(stream: TokenStream): Expression {
  return parseArithmetic(stream, SUM, () => parseConcat(stream));
}

function parseConcat(stream: TokenStream): Expression {
  const { line } = stream.current;
  const first = parseProduct(stream);
  const operands = [first];
  while (stream.skip('operator', '~')) operands.push(parseProduct(stream));
  return operands.length === 1 ? first : { kind: 'concat', operands, line };
}

function parseProduct(stream: TokenStream): Expression {
  return parseArithmetic(stream, PRODUCT, () => parseArithmetic(stream, POWER, () => parseUnary(stream, true)));
}

function parseArithmetic(
  stream: TokenStream,
  operators: readonly ArithmeticOperator[],
  parseOperand: () => Expression,
): Expression {
  const { line } = stream.current;
  const first = parseOperand();
  const rest: Operation<ArithmeticOperator>[] = [];
  for (;;) {
    const operator = takeOperator(stream, operators);
    if (operator === undefined) return rest.length === 0 ? first : { kind: 'arithmetic', first, rest, line };
    rest.push({ operator, operand: parseOperand() });
  }
}

function parseUnary(stream: TokenStream, withFilters: boolean): Expression {
  const { line } = stream.current;
  const sign = takeOperator(stream, SUM);
  const target: Expression =
    sign === undefined
      ? parsePrimary(stream)
      : {
          kind: 'sign',
          negative: sign === '-',
          operand: stream.nested(() => parseUnary(stream, false)),
          line,
        };
  const steps = parseAccess(stream);
  if (withFilters) parseFilterSteps(stream, steps);
  return steps.length === 0 ? target : { kind: 'postfix', target, steps, line };
}

/** Parses a name, a literal, or an expression in brackets. */
export function parsePrimary(stream: TokenStream): Expression {
  const { kind, value, line } = stream.current;
  switch (kind) {
    case 'name': {
      stream.next();
      const constant = CONSTANTS.get(value);
      return constant === undefined ? { kind: 'name', name: value, line } : { kind: 'constant', value: constant, line };
    }
    case 'string':
      return { kind: 'constant', value: parseStrings(stream), line };
    case 'integer':
      stream.next();
      return { kind: 'constant', value: integerOf(stream, value), line };
    case 'float':
      stream.next();
      return { kind: 'constant', value: Number(value), line };
    case 'operator':
      return parseBrackets(stream);
    default:
      throw stream.fail(`expected an expression, found ${stream.describe()}`);
  }
}

function parseStrings(stream: TokenStream): string {
  const parts: string[] = [];
  while (stream.is('string')) parts.push(stream.next().value);
  return parts.join('');
}

function integerOf(stream: TokenStream, digits: string): bigint {
  // An integer within the limit has less than 400 digits, so longer ones need no conversion.
  const value = digits.length > 400 ? undefined : BigInt(digits);
  if (value === undefined || !fitsInteger(value)) throw beyond(stream.template, 'templateIntegerBits');
  return value;
}

function parseBrackets(stream: TokenStream): Expression {
  const { line } = stream.current;
  if (stream.skip('operator', '(')) {
    const inner = stream.nested(() => parseTuple(stream, true, true));
    stream.expect('operator', ')');
    return inner;
  }
  if (stream.skip('operator', '[')) {
    return { kind: 'list', items: parseSequence(stream, ']', () => parseExpression(stream)), line };
  }
  if (stream.skip('operator', '{')) {
    const entries = parseSequence(stream, '}', () => {
      const key = parseExpression(stream);
      stream.expect('operator', ':');
      return { key, value: parseExpression(stream) };
    });
    return { kind: 'dict', entries, line };
  }
  throw stream.fail(`expected an expression, found ${stream.describe()}`);
}

function parseSequence<Item>(stream: TokenStream, closing: string, parseItem: () => Item): readonly Item[] {
  const items: Item[] = [];
  while (!stream.skip('operator', closing)) {
    if (items.length > 0) {
      stream.expect('operator', ',');
      if (stream.skip('operator', closing)) break;
    }
    items.push(parseItem());
  }
  return items;
}

function parseAccess(stream: TokenStream): PostfixStep[] {
  const steps: PostfixStep[] = [];
  for (;;) {
    const { line } = stream.current;
    if (stream.skip('operator', '.')) steps.push(parseDot(stream, line));
    else if (stream.skip('operator', '[')) steps.push(parseSubscript(stream, line));
    else if (stream.is('operator', '(')) steps.push({ kind: 'call', args: parseArguments(stream), line });
    else return steps;
  }
}

function parseDot(stream: TokenStream, line: number): PostfixStep {
  if (stream.is('name')) return { kind: 'attribute', name: stream.next().value, line };
  const digits = stream.expect('integer').value;
  return { kind: 'item', index: { kind: 'constant', value: integerOf(stream, digits), line }, line };
}

function parseSubscript(stream: TokenStream, line: number): PostfixStep {
  const part = (): Expression | undefined => (stream.is('operator', ':', ']') ? undefined : parseExpression(stream));
  const start = part();
  if (start !== undefined && stream.skip('operator', ']')) return { kind: 'item', index: start, line };
  stream.expect('operator', ':');
  const stop = part();
  const step = stream.skip('operator', ':') ? part() : undefined;
  stream.expect('operator', ']');
  return { kind: 'slice', start, stop, step, line };
}

function parseArguments(stream: TokenStream): CallArguments {
  stream.expect('operator', '(');
  const positional: Expression[] = [];
  const named: { name: string; value: Expression }[] = [];
  parseSequence(stream, ')', () => {
    if (stream.is('operator', '*', '**')) throw stream.fail('unpacking of arguments is not supported');
    const { following } = stream;
    if (stream.is('name') && following.kind === 'operator' && following.value === '=') {
      const name = stream.next().value;
      stream.next();
      if (named.some((argument) => argument.name === name)) throw stream.fail(`"${name}" is given twice`);
      named.push({ name, value: parseExpression(stream) });
    } else if (named.length > 0) throw stream.fail('a positional argument after a named one');
    else positional.push(parseExpression(stream));
  });
  return { positional, named };
}

function parseFilterSteps(stream: TokenStream, steps: PostfixStep[]): void {
  for (;;) {
    const { line } = stream.current;
    if (stream.is('operator', '|')) steps.push(parseFilter(stream));
    else if (stream.skip('name', 'is')) steps.push(parseTest(stream, line));
    else if (stream.is('operator', '(')) steps.push({ kind: 'call', args: parseArguments(stream), line });
    else return;
  }
}

/** Parses one or more filters. The first `|` is omitted in `{% filter upper %}`. */
export function parseFilterChain(stream: TokenStream, withFirstBar: boolean): readonly FilterStep[] {
  const chain: FilterStep[] = [];
  if (!withFirstBar) chain.push(parseFilterName(stream));
  while (stream.is('operator', '|')) chain.push(parseFilter(stream));
  return chain;
}

function parseFilter(stream: TokenStream): FilterStep {
  stream.expect('operator', '|');
  return parseFilterName(stream);
}

function parseFilterName(stream: TokenStream): FilterStep {
  const { value: name, line } = stream.expect('name');
  if (!filters.has(name)) throw stream.fail(`there is no filter "${name}"`, line);
  const args = stream.is('operator', '(') ? parseArguments(stream) : noArguments;
  if (name === 'match') checkPatternArgument({ template: stream.template, line }, args);
  return { kind: 'filter', name, args, line };
}

const noArguments: CallArguments = { positional: [], named: [] };

function parseTest(stream: TokenStream, line: number): PostfixStep {
  const negated = stream.skip('name', 'not');
  const name = stream.expect('name').value;
  if (!tests.has(name)) throw stream.fail(`there is no test "${name}"`, line);
  return { kind: 'test', name, negated, args: parseTestArguments(stream), line };
}

/** A test has its argument in parentheses or, if it is a single one, without: `is divisibleby 3`. */
function parseTestArguments(stream: TokenStream): CallArguments {
  if (stream.is('operator', '(')) return parseArguments(stream);
  if (stream.is('name', 'is')) throw stream.fail('tests can not be chained');
  const begins =
    (stream.is('name') && !stream.is('name', 'else', 'or', 'and', 'if', 'not', 'in')) ||
    stream.is('string') ||
    stream.is('integer') ||
    stream.is('float') ||
    stream.is('operator', '[', '{');
  if (!begins) return noArguments;
  const { line } = stream.current;
  const target = parsePrimary(stream);
  const steps = parseAccess(stream);
  return { positional: [steps.length === 0 ? target : { kind: 'postfix', target, steps, line }], named: [] };
}
