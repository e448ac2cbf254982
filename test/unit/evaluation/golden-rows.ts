import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { ScoredRows } from '../../../tasks/evaluation/scored-rows.ts';
import { scoreRows } from './score-rows.ts';

const Probabilities = z.array(z.tuple([z.number(), z.number()]));

/** The test rows of a golden set as scikit-learn's forest scored them. */
export function goldenRows(set: string): ScoredRows {
  const probabilities = Probabilities.parse(JSON.parse(gunzipSync(readGolden(`${set}/proba.json.gz`)).toString()));
  const lines = readGolden(`${set}/test.csv`).toString().trimEnd().split('\n').slice(1);
  return scoreRows(lines.map((line, row) => [Number(line.split(',').at(-1)), probabilities[row]?.[1] ?? Number.NaN]));
}

export function readGolden(path: string): Buffer {
  return readFileSync(new URL(`../../golden/${path}`, import.meta.url));
}
