/** What breaks readers: cut-off structure, other types, depth, length, names of an object's own machinery. */
const nasty: readonly string[] = [
  '"__proto__":{"polluted":true},',
  '"constructor":{"prototype":{"polluted":true}},',
  '{"__proto__":null}',
  '['.repeat(2000),
  '{"a":'.repeat(500),
  '9'.repeat(400),
  '-1e999',
  'NaN',
  'null',
  '""',
  '\u0000',
  '\ufeff',
  '\u202e',
  '\r\n\r\n',
  ',,,,,,,',
  "'; DROP TABLE loans; --",
  '$(touch /tmp/owned)',
  '../../../etc/passwd',
  '%00',
  '�',
  'a'.repeat(10_000),
];

/** The bytes with one to four changes: bits, bytes, ranges removed or repeated, an end cut off, something nasty put in. */
export function mutated(bytes: Uint8Array, random: () => number): Buffer {
  let result: Buffer = Buffer.from(bytes);
  for (let left = 1 + Math.floor(random() * 4); left > 0; left--) result = mutatedOnce(result, random);
  return result;
}

function mutatedOnce(bytes: Buffer, random: () => number): Buffer {
  const upTo = (end: number) => Math.floor(random() * (end + 1));
  const at = upTo(bytes.length);
  const end = Math.min(bytes.length, at + upTo(random() < 0.5 ? 8 : bytes.length));
  const splice = (middle: Uint8Array, from = at, to = at) =>
    Buffer.concat([bytes.subarray(0, from), middle, bytes.subarray(to)]);
  switch (upTo(6)) {
    case 0: {
      const flipped = Buffer.from(bytes);
      if (at < bytes.length) flipped[at] = (flipped[at] ?? 0) ^ (1 << upTo(7));
      return flipped;
    }
    case 1:
      return splice(Buffer.of(upTo(255)), at, Math.min(bytes.length, at + 1));
    case 2:
      return splice(Buffer.of(), at, end);
    case 3:
      return splice(bytes.subarray(at, end));
    case 4:
      return bytes.subarray(0, at);
    case 5:
      return splice(Buffer.of(0xff, 0xff, 0xff, 0xff, upTo(255)), at, Math.min(bytes.length, at + 5));
    default:
      return splice(Buffer.from(nasty[upTo(nasty.length - 1)] ?? ''));
  }
}
