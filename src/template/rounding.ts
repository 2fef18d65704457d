/** Python's round(): the decimal value itself is rounded, and exact halves go to the even neighbour. */
export function roundNumber(value: number, precision: number): number {
  // Beyond 2^53 every float is whole; and toFixed gives exponents from 1e21 on.
  if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 53) return value;
  const rounded = Number(value.toFixed(precision));
  // toFixed is exact up to 100 digits: a half is a 5 followed only by zeros.
  const tail = Math.abs(value).toFixed(100).split('.')[1]?.slice(precision) ?? '';
  if (!/^50*$/.test(tail)) return rounded;
  const lower = Math.abs(value).toFixed(100).slice(0, -tail.length).replace(/\.$/, '');
  const isEven = Number(lower.at(-1)) % 2 === 0;
  return isEven ? Math.sign(value) * Number(lower) : rounded;
}
