import type { Measured } from './measure-process.ts';

export interface Contender {
  readonly name: string;
  measure(): Promise<Measured>;
}

/** What was measured of one contender, a line of a table. */
export interface Line {
  readonly rows: number;
  readonly name: string;
  readonly measured: readonly Measured[];
  /** Of the contender that the others are compared with, in the same rounds. */
  readonly compared: readonly Measured[];
}

/** All contenders in turn, round after round, so that what else the machine does meets them alike. */
export async function compare(rows: number, rounds: number, contenders: readonly Contender[]): Promise<Line[]> {
  const measured = contenders.map((): Measured[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [c, contender] of contenders.entries()) {
      measured[c]?.push(await contender.measure());
      if (process.stderr.isTTY) process.stderr.write('.');
    }
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
  const [compared = []] = measured;
  return contenders.map(({ name }, c) => ({ rows, name, measured: measured[c] ?? [], compared }));
}
