/** The first line of text in which the two differ, in words. */
export function findByteDifference(ours: Uint8Array, theirs: Uint8Array): string | undefined {
  if (Buffer.compare(ours, theirs) === 0) return undefined;
  const [our, their] = [linesOf(ours), linesOf(theirs)];
  const longer = our.length > their.length ? our : their;
  const line = longer.findIndex((_, i) => our[i] !== their[i]);
  return `line ${line + 1} is ${quoted(our[line])} here, ${quoted(their[line])} in scikit-learn`;
}

function linesOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes).toString('latin1').split('\n');
}

function quoted(line: string | undefined): string {
  return line === undefined ? 'missing' : JSON.stringify(line);
}
