type Entries = Uint32Array | Float64Array;

/** The first entry that differs, in words; `noun` is what an entry is called. */
export function findEntryDifference(noun: string, ours: Entries, theirs: Entries): string | undefined {
  const longer = ours.length > theirs.length ? ours : theirs;
  const i = longer.findIndex((_, at) => ours[at] !== theirs[at]);
  if (i < 0) return undefined;
  return `${noun} ${i} is ${ours[i] ?? 'missing'} here, ${theirs[i] ?? 'missing'} in scikit-learn`;
}
