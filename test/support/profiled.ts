import { parseDataset } from '../../tasks/dataset/read-dataset.ts';
import { MersenneTwister } from '../../tasks/forest/mersenne-twister.ts';
import { LoansCheck } from '../../tasks/loans/check-loans.ts';
import { headerLine } from '../../tasks/loans/loan-lines.ts';
import type { Profile } from '../../tasks/profile/profile.ts';

export type Feature = Readonly<Record<string, unknown>> & { readonly type: string };

/** The profile of loans of a single feature, `x`, whose cells these are; every third one defaults. */
export function profiled(feature: Feature, cells: readonly (number | null)[]): Profile {
  const features = { x: { nullable: true, ...feature } };
  const dataset = parseDataset(JSON.stringify({ table: 'loans', id: 'id', label: { column: 'y' }, features }));
  const check = new LoansCheck(dataset);
  const lines = cells.map((cell, row) => `${cell ?? ''},${row % 3 === 0 ? 1 : 0}\n`);
  check.update(Buffer.from(headerLine(dataset.columns) + lines.join('')));
  check.finish();
  return check.profile;
}

/** Draws evenly from 0 up to 1, the same for a seed. */
export function evenly(seed: number): () => number {
  const random = new MersenneTwister(seed);
  return () => random.next32() / 2 ** 32;
}

/** A standard normal draw (Box and Muller). */
export function normal(draw: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}
