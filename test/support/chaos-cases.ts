/** How many cases a suite of chaos tries: few with every change, many by `npm run test:chaos`. */
export const chaosCases = Number(process.env.CHAOS_CASES ?? 50);

/** Whether also what takes minutes is tried. */
export const isLongForm = chaosCases >= 1000;

/** Which ones: printed by each suite, to be given again. */
export const chaosSeed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Uniform in [0, 1), the same for the same seed: mulberry32. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, order: random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

/** Several at a time, all of them to their end; then the first failure is thrown. */
export async function inLanes<Item>(
  items: readonly Item[],
  lanes: number,
  act: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  const waiting = [...items.entries()];
  const failures: unknown[] = [];
  const lane = async () => {
    for (let next = waiting.shift(); next && failures.length === 0; next = waiting.shift())
      await act(next[1], next[0]).catch((error: unknown) => failures.push(error));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failures.length > 0) throw failures[0];
}
