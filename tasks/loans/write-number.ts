const zero = 0x30;
const point = 0x2e;
const digitsLimit = 2 ** 31;

/** The longest text either function writes: `-2.2250738585072014e-308`. */
export const longestNumber = 24;

/** Writes a whole number below 2^53 at `bytes[at]`; returns where its text ends. */
export function writeInteger(bytes: Buffer, at: number, value: number): number {
  if (value >= 0 && value < digitsLimit) return writeDigits(bytes, at, value | 0);
  return at + bytes.write(String(value), at, 'latin1');
}

/** Writes a double as pandas does (shortest digits that read back the same, nothing for NaN) at `bytes[at]`; returns where its text ends. */
export function writeFloat(bytes: Buffer, at: number, value: number): number {
  const cents = Math.round(value * 100);
  const isMoney = value > 0 && cents < digitsLimit && cents / 100 === value;
  if (!isMoney) return at + bytes.write(floatText(value), at, 'latin1');

  const whole = (cents / 100) | 0;
  const hundredths = (cents - 100 * whole) | 0;
  const tenths = (hundredths / 10) | 0;
  const last = hundredths - 10 * tenths;
  let end = writeDigits(bytes, at, whole);
  bytes[end++] = point;
  bytes[end++] = zero + tenths;
  if (last > 0) bytes[end++] = zero + last;
  return end;
}

function writeDigits(bytes: Buffer, at: number, value: number): number {
  const end = at + digitsOf(value);
  let rest = value | 0;
  for (let i = end - 1; i >= at; i--) {
    const tens = (rest / 10) | 0;
    bytes[i] = zero + rest - 10 * tens;
    rest = tens;
  }
  return end;
}

function digitsOf(value: number): number {
  if (value < 100) return value < 10 ? 1 : 2;
  if (value < 10_000) return value < 1000 ? 3 : 4;
  let digits = 5;
  for (let power = 100_000; power <= value; power *= 10) digits++;
  return digits;
}

// the digits are JavaScript's own; the point, the exponent form and the sign of zero are Python's
function floatText(value: number): string {
  if (Number.isNaN(value)) return '';
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (size >= 1e16 || (size > 0 && size < 1e-4)) return value.toExponential().replace(/([+-])(\d)$/, '$10$2');
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
