import type { DatasetColumn } from '../dataset/dataset-column.ts';

const comma = 0x2c;
const plus = 0x2b;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;

const keptDigits = 17;
const exactDigits = 15;
const powersOfTen = Float64Array.from({ length: 309 }, (_, power) => Number(`1e${power}`));

/**
 * One feature, read row by row from the text of its cells, with the values pandas' default C parser gives
 * (precise_xstrtod): correctly rounded up to 15 significant digits, and for longer texts its own rounding.
 * Whole numbers of more than 15 digits are refused: pandas keeps those as int64, which a double cannot.
 */
export class NumberColumn {
  readonly name: string;
  values = new Float64Array(1);
  /** Whether every text so far was a plain whole number: pandas then prints the column without points. */
  isInteger = true;
  readonly #isNullable: boolean;

  /** @param isNullable whether an empty cell is a value, NaN: pandas then makes the column one of floats */
  constructor({ name, isNullable }: Pick<DatasetColumn, 'name' | 'isNullable'>) {
    this.name = name;
    this.#isNullable = isNullable;
  }

  /** Where the numbers of the next rows go. */
  readInto(values: Float64Array<ArrayBuffer>): void {
    this.values = values;
  }

  /** Reads the number that begins at `start` into `row`; returns where its text ends, or -1 if there is no finite number. */
  readCell(row: number, bytes: Uint8Array, start: number): number {
    let at = start;
    let number = 0;
    let byte = bytes[at] ?? 0;
    for (; isDigit(byte); byte = bytes[++at] ?? 0) number = number * 10 + byte - zero;
    let digits = at - start;
    if (byte === point) {
      const first = ++at;
      for (byte = bytes[at] ?? 0; isDigit(byte); byte = bytes[++at] ?? 0) number = number * 10 + byte - zero;
      digits += at - first;
      number /= powersOfTen[at - first] ?? 1;
      this.isInteger = false;
    }
    if (digits === 0 || digits > exactDigits || isExponentMark(byte)) return this.#readRareCell(row, bytes, start);
    this.values[row] = number;
    return at;
  }

  /** Reads any number, also with a sign, an exponent or more digits. */
  #readRareCell(row: number, bytes: Uint8Array, start: number): number {
    if (this.#isNullable && bytes[start] === comma) return this.#readEmptyCell(row, start);
    const isNegative = bytes[start] === minus;
    let at = isSign(bytes[start]) ? start + 1 : start;
    let number = 0;
    let digits = 0;
    let exponent = 0;
    let isInteger = true;

    for (let digit = digitAt(bytes, at); digit <= 9; digit = digitAt(bytes, ++at)) {
      if (digits < keptDigits) {
        number = number * 10 + digit;
        digits++;
      } else exponent++;
    }
    if (bytes[at] === point) {
      isInteger = false;
      for (let digit = digitAt(bytes, ++at); digit <= 9; digit = digitAt(bytes, ++at)) {
        if (digits === keptDigits) continue;
        number = number * 10 + digit;
        digits++;
        exponent--;
      }
    }
    if (isExponentMark(bytes[at])) {
      isInteger = false;
      const text = exponentText(bytes, at + 1);
      exponent += Number.parseInt(text, 10);
      at += 1 + text.length;
    }

    const value = timesPowerOfTen(isNegative ? -number : number, exponent);
    if (digits === 0 || (isInteger && digits > exactDigits) || !Number.isFinite(value)) return -1;
    this.values[row] = value;
    if (!isInteger) this.isInteger = false;
    return at;
  }

  #readEmptyCell(row: number, start: number): number {
    this.values[row] = Number.NaN;
    this.isInteger = false;
    return start;
  }
}

/** The digit at `at`, or a number above 9 where there is none. */
function digitAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) - zero) >>> 0;
}

function isDigit(byte: number): boolean {
  return (byte - zero) >>> 0 <= 9;
}

function isSign(byte: number | undefined): boolean {
  return byte === plus || byte === minus;
}

function isExponentMark(byte: number | undefined): boolean {
  return byte === 0x65 || byte === 0x45;
}

function exponentText(bytes: Uint8Array, start: number): string {
  let end = isSign(bytes[start]) ? start + 1 : start;
  while (digitAt(bytes, end) <= 9) end++;
  return new TextDecoder('latin1').decode(bytes.subarray(start, end));
}

// one multiplication or division, as pandas does it: another order rounds differently
function timesPowerOfTen(number: number, exponent: number): number {
  if (Number.isNaN(exponent)) return Number.NaN;
  if (exponent >= 0) return number * powerOfTen(exponent);
  if (exponent >= -308) return number / powerOfTen(-exponent);
  return number / powerOfTen(-308 - exponent) / 1e308;
}

function powerOfTen(power: number): number {
  return powersOfTen[power] ?? Number.POSITIVE_INFINITY;
}
