/** The largest float32 that is at most `x`. For every float32 value, `value <= x` and `value <= float32AtMost(x)` are the same. */
export function float32AtMost(x: number): number {
  const nearest = Math.fround(x);
  return nearest > x ? previousFloat32(nearest) : nearest;
}

/** The largest float32 less than `x`. For every float32 value, `value < x` and `value <= float32Below(x)` are the same. */
export function float32Below(x: number): number {
  const nearest = Math.fround(x);
  return nearest >= x ? previousFloat32(nearest) : nearest;
}

const scratch = new DataView(new ArrayBuffer(4));

function previousFloat32(x: number): number {
  if (x === 0) return -(2 ** -149);
  scratch.setFloat32(0, x);
  scratch.setInt32(0, scratch.getInt32(0) + (x > 0 ? -1 : 1));
  return scratch.getFloat32(0);
}
