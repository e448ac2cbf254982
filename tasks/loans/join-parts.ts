/** The parts of a column in one array. They are freed one by one, so that columns joined in turn hardly need more memory. */
export function joinParts<Values extends Float64Array<ArrayBuffer> | Uint8Array<ArrayBuffer>>(
  parts: readonly Values[],
  joined: Values,
): Values {
  let start = 0;
  for (const part of parts) {
    joined.set(part, start);
    start += part.length;
    part.buffer.transfer(0);
  }
  return joined;
}
