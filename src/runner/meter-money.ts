/**
 * Money: dollars as decimals outside, whole micro-dollars inside. Digits are moved, never multiplied, so that no binary
 * fraction of a dollar ever appears or gets lost.
 */
const MICRO_DIGITS = 6;
const DECIMAL = /^(\d{1,16})(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,2}))?$/;

/** A thousand million dollars: more than that is no amount of this world, and its micros still are exact. */
export const MAX_MICROS = 1_000_000_000 * 1_000_000;

/**
 * The micro-dollars of a decimal such as `0.4`, `12` or `1e-7`; undefined for what is none, is below zero or beyond all
 * reason. What is finer than a micro-dollar is rounded: a cost `up`, so that it never vanishes, a value `down`.
 */
export function microsOf(amount: string | number, rounding: 'up' | 'down'): number | undefined {
  const found = DECIMAL.exec(String(amount));
  if (!found) return undefined;
  const [, whole = '', fraction = '', exponent = '0'] = found;
  // Where the point stands in the digits, once it is moved to behind the micros; at most before all of them.
  const point = Math.max(0, whole.length + Number(exponent) + MICRO_DIGITS);
  const digits = `${whole}${fraction}`.padEnd(point, '0');
  const micros = Number(digits.slice(0, point) || '0');
  const rest = digits.slice(point);
  const rounded = rounding === 'up' && /[1-9]/.test(rest) ? micros + 1 : micros;
  return rounded <= MAX_MICROS ? rounded : undefined;
}

/** Micro-dollars as a decimal without superfluous zeros, but with cents: `0.40`, `1.000001`. */
export function dollarsOf(micros: number): string {
  const digits = String(micros).padStart(MICRO_DIGITS + 1, '0');
  const fraction = digits.slice(-MICRO_DIGITS).replace(/0{1,4}$/, '');
  return `${digits.slice(0, -MICRO_DIGITS)}.${fraction}`;
}
