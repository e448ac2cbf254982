const scratch = new DataView(new ArrayBuffer(4));

/** The largest float32 less than `x`. For every float32 value, `value < x` and `value <= float32Below(x)` are the same. */
export function float32Below(x: number): number {
  const nearest = Math.fround(x);
  if (nearest < x) return nearest;
  if (nearest === 0) return -(2 ** -149);
  scratch.setFloat32(0, nearest);
  scratch.setInt32(0, scratch.getInt32(0) + (nearest > 0 ? -1 : 1));
  return scratch.getFloat32(0);
}
