import { limits } from '../kernel/index.ts';
import type { Run } from './run.ts';
import type { ArithmeticOperator } from './syntax.ts';
import type { Value } from './value.ts';

/** Python's arithmetic of ints: exact, `//` and `%` towards minus infinity, `/` a float. */
export function integerOperation(run: Run, operator: ArithmeticOperator, a: bigint, b: bigint): Value {
  switch (operator) {
    case '+':
      return bounded(run, a + b);
    case '-':
      return bounded(run, a - b);
    case '*':
      return bounded(run, a * b);
    case '**':
      return b < 0n ? floatOperation(run, '**', Number(a), Number(b)) : bounded(run, power(run, a, b));
    default:
      break;
  }
  if (b === 0n) throw run.fail('division by zero');
  if (operator === '/') return finite(run, trueQuotient(a, b));
  const remainder = a % b;
  const modulo = remainder !== 0n && remainder < 0n !== b < 0n ? remainder + b : remainder;
  return operator === '%' ? modulo : (a - modulo) / b;
}

/** The float nearest to a / b, as in Python. Converting both to floats first could give another one. */
function trueQuotient(a: bigint, b: bigint): number {
  if (a === 0n || (isExact(a) && isExact(b))) return Number(a) / Number(b);
  const shift = BigInt(Math.max(0, bitsOf(b) - bitsOf(a) + 66));
  const scaled = a << shift;
  const quotient = scaled / b;
  // A bit for the remainder decides between two equally near floats.
  const sticky = quotient * b === scaled ? 0n : quotient < 0n ? -1n : 1n;
  const half = Number(shift + 1n) / 2;
  return Number(quotient * 2n + sticky) / 2 ** Math.floor(half) / 2 ** Math.ceil(half);
}

function isExact(value: bigint): boolean {
  return BigInt.asIntN(54, value) === value;
}

function bitsOf(value: bigint): number {
  return value.toString(2).length;
}

function power(run: Run, base: bigint, exponent: bigint): bigint {
  if (base >= -1n && base <= 1n) return exponent === 0n ? 1n : base === -1n && exponent % 2n === 0n ? 1n : base;
  const baseBits = BigInt(base.toString(2).length - 1);
  if (baseBits * exponent > BigInt(limits.templateIntegerBits)) throw run.beyond('templateIntegerBits');
  return base ** exponent;
}

/** Whether an integer has at most `templateIntegerBits`. */
export function fitsInteger(value: bigint): boolean {
  return BigInt.asIntN(limits.templateIntegerBits + 1, value) === value;
}

function bounded(run: Run, value: bigint): bigint {
  if (!fitsInteger(value)) throw run.beyond('templateIntegerBits');
  return value;
}

/** Python's arithmetic of floats. */
export function floatOperation(run: Run, operator: ArithmeticOperator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '**':
      return floatPower(run, a, b);
    default:
      break;
  }
  if (b === 0) throw run.fail('division by zero');
  if (operator === '/') return a / b;
  return operator === '%' ? floatModulo(a, b) : floatFloor(a, b);
}

function floatPower(run: Run, a: number, b: number): number {
  if (a === 0 && b < 0) throw run.fail('zero has no negative power');
  if (a < 0 && Number.isFinite(b) && !Number.isInteger(b)) throw run.fail('the power is not a real number');
  // 1 to any power is 1 in Python, even if JavaScript yields NaN.
  if (a === 1) return 1;
  const result = a ** b;
  return Number.isFinite(a) && Number.isFinite(b) ? finite(run, result) : result;
}

function floatModulo(a: number, b: number): number {
  const remainder = a % b;
  if (remainder === 0) return b < 0 ? -0 : 0;
  return remainder < 0 !== b < 0 ? remainder + b : remainder;
}

/** Like CPython's float_divmod: rounding errors are corrected, and a zero has the sign of the quotient. */
function floatFloor(a: number, b: number): number {
  const remainder = a % b;
  const isShifted = remainder !== 0 && remainder < 0 !== b < 0;
  const quotient = (a - remainder) / b - (isShifted ? 1 : 0);
  if (quotient === 0) return a / b < 0 || Object.is(a / b, -0) ? -0 : 0;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

function finite(run: Run, value: number): number {
  if (!Number.isFinite(value)) throw run.fail('the number is too large for a float');
  return value;
}
