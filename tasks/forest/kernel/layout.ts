let cursor: u64 = 0;

/** Begins to lay out from `start` on. */
export function layOut(start: f64): void {
  cursor = <u64>start;
}

/** The address of so many bytes behind what was taken before. */
export function take(bytes: u64): usize {
  const address = cursor;
  cursor = (cursor + bytes + 63) & ~63;
  return <usize>address;
}

/** The address behind all that was taken, which may lie beyond any memory. */
export function laidOut(): f64 {
  return <f64>cursor;
}
