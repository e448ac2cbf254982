const MOST_NAMES = 20;

/** Names in a sentence: the first of them where there are many. */
export function list(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return more > 0 ? `${names.slice(0, MOST_NAMES).join(', ')} and ${more} more` : names.join(', ');
}
