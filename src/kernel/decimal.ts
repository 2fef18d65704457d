/** What a decimal says without its sign: digits without zeros at either end, and how many places follow or are missing. */
export interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

/** The decimal that a text such as '-1.50e3' says: 15 and 2 places more. */
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
