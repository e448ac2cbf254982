// The wire format of Protocol Buffers, as much of it as a model file needs (https://protobuf.dev/programming-guides/encoding).
// By hand because a tree ensemble holds a dozen numbers a node: the object of a protobuf library for each of them
// takes gigabytes and many seconds where the trees are deep.

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** Whole numbers here lie between 0 and 2^32 - 1. */
export function intField(field: number, value: number): Uint8Array {
  return varints([field * 8 + VARINT, value]);
}

export function intsField(field: number, values: ArrayLike<number>): Uint8Array {
  return messageField(field, [varints(values)]);
}

export function doublesField(field: number, values: Float64Array): Uint8Array {
  return messageField(field, [new Uint8Array(values.buffer, values.byteOffset, values.byteLength)]);
}

export function floatField(field: number, value: number): Uint8Array {
  return Buffer.concat([varints([field * 8 + FIXED_32]), new Uint8Array(Float32Array.of(value).buffer)]);
}

export function textField(field: number, text: string): Uint8Array {
  return messageField(field, [Buffer.from(text)]);
}

/** A message made of its encoded fields. */
export function messageField(field: number, fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(messagePieces(field, fields));
}

/** The same bytes in pieces, for large messages within messages: joined, they would be copied at every level. */
export function messagePieces(field: number, fields: readonly Uint8Array[]): Uint8Array[] {
  const length = fields.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return [varints([field * 8 + LENGTH_DELIMITED, length]), ...fields];
}

/**
 * The contents of each length-delimited `field` of a message: a message, a text or packed numbers.
 * Never throws: what is cut short or no message at all yields something else or nothing.
 */
export function* readFields(message: Uint8Array, field: number): Generator<Uint8Array> {
  let offset = 0;
  while (offset < message.length) {
    const tag = readVarint(message, offset);
    const wireType = tag.value % 8;
    const value = readVarint(message, tag.end);
    if (wireType === LENGTH_DELIMITED) {
      offset = value.end + value.value;
      if (tag.value === field * 8 + LENGTH_DELIMITED) yield message.subarray(value.end, offset);
    } else if (wireType === VARINT) offset = value.end;
    else if (wireType === FIXED_32) offset = tag.end + 4;
    else if (wireType === FIXED_64) offset = tag.end + 8;
    else return;
  }
}

/** The first such field's contents; empty where there is none. */
export function readField(message: Uint8Array, field: number): Uint8Array {
  return readFields(message, field).next().value ?? new Uint8Array();
}

export function readText(message: Uint8Array, field: number): string {
  return Buffer.from(readField(message, field)).toString();
}

export function readInts(message: Uint8Array, field: number): Uint32Array {
  const packed = readField(message, field);
  const values = new Uint32Array(packed.length);
  let count = 0;
  let value = 0;
  let scale = 1;
  for (let offset = 0; offset < packed.length; offset++) {
    const byte = packed[offset] ?? 0;
    value += (byte & 127) * scale;
    scale *= 128;
    if (byte > 127) continue;
    values[count++] = value;
    value = 0;
    scale = 1;
  }
  return values.slice(0, count);
}

export function readDoubles(message: Uint8Array, field: number): Float64Array {
  // copied, for a Float64Array must begin at a multiple of 8
  const { buffer, byteLength } = new Uint8Array(readField(message, field));
  return new Float64Array(buffer, 0, Math.floor(byteLength / 8));
}

function varints(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(5 * values.length);
  let end = 0;
  for (let i = 0; i < values.length; i++) {
    let rest = values[i] ?? 0;
    for (; rest > 127; rest >>>= 7) bytes[end++] = 128 | (rest & 127);
    bytes[end++] = rest;
  }
  return bytes.subarray(0, end);
}

function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  let end = start;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[end++] ?? 0;
    value += (byte % 128) * scale;
    if (byte < 128) return { value, end };
  }
}
