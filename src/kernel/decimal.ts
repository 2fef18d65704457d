/** The absolute value of a decimal: digits without zeros at either end, and an exponent. */
export interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

/** Parses a decimal such as '-1.50e3': digits 15, exponent 2. */
export function decimalOf(text: string): Decimal {
  const [mantissa = '', power = '0'] = text.split(/[eE]/);
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const all = whole + fraction;
  let first = 0;
  let end = all.length;
  while (first < end && all[first] === '0') first++;
  while (end > first && all[end - 1] === '0') end--;
  const digits = all.slice(first, end);
  return { digits, exponent: digits === '' ? 0 : Number(power) - fraction.length + (all.length - end) };
}
