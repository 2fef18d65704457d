/** The reason why a plain scalar has no JSON value. */
export interface Unfit {
  readonly unfit: string;
}

const NULL = /^(?:~|null|Null|NULL|)$/;
const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const BINARY = /^([-+]?)0b([01_]+)$/;
const OCTAL = /^([-+]?)0([0-7_]+)$/;
const HEX = /^([-+]?)0x([0-9a-fA-F_]+)$/;
const DECIMAL = /^([-+]?)(0|[1-9][0-9_]*)$/;
const SEXAGESIMAL = /^([-+]?)([1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const FLOAT = /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)$/;
const SEXAGESIMAL_FLOAT = /^([-+]?)([0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)$/;
const NOT_FINITE = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/**
 * Returns the value of a plain scalar in YAML 1.1 as the original read it (PyYAML's resolver): `yes` is true, `010` is
 * 8, `1e5` and `00:11:22:33:44:55` are text. Dates stay text: JSON has none.
 */
export function plainScalar(text: string): null | boolean | number | string | Unfit {
  if (NULL.test(text)) return null;
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  const digits = text.replaceAll('_', '');
  if (FLOAT.test(text)) return Number(digits);
  if (NOT_FINITE.test(text)) return { unfit: 'a number that is not finite' };
  const sixty = SEXAGESIMAL.exec(text) ?? SEXAGESIMAL_FLOAT.exec(text);
  if (sixty !== null) return exact(base60(sixty[1], sixty[2] ?? ''));
  const radix = BINARY.test(text)
    ? 2
    : OCTAL.test(text)
      ? 8
      : HEX.test(text)
        ? 16
        : DECIMAL.test(text)
          ? 10
          : undefined;
  if (radix === undefined) return text;
  const whole = Number.parseInt(digits.replace(/^([-+]?)0[bx]/, '$1'), radix);
  return Number.isNaN(whole) ? text : exact(whole);
}

function base60(sign: string | undefined, text: string): number {
  const total = text
    .replaceAll('_', '')
    .split(':')
    .reduce((sum, part) => sum * 60 + Number(part), 0);
  return sign === '-' ? -total : total;
}

/** A float may be rounded, an integer may not: an identifier without its last digits is another one. */
function exact(value: number): number | Unfit {
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? { unfit: 'an integer beyond 2^53; put it in quotes' }
    : value;
}
