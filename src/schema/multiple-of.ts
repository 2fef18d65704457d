import { type Decimal, decimalOf } from '../kernel/index.ts';

/** Whether a number is a whole multiple of another one, in decimal notation: 19.99 is a multiple of 0.01. */
export function isMultipleOf(value: number, factor: number): boolean {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(factor)) return value % factor === 0;
  if (!Number.isFinite(value) || !Number.isFinite(factor)) return false;
  // The shortest text of a number is the one that its author wrote, or an equal one.
  const [a, b] = [decimalOf(String(value)), decimalOf(String(factor))];
  const exponent = Math.min(a.exponent, b.exponent);
  return scaled(a, exponent) % scaled(b, exponent) === 0n;
}

/** A double has 324 places at most before the point and after it, so this is no large number. */
function scaled({ digits, exponent }: Decimal, to: number): bigint {
  return BigInt(digits) * 10n ** BigInt(exponent - to);
}
