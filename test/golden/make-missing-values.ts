import { createHash } from 'node:crypto';
import { forestWithGaps } from '../support/forest-with-gaps.ts';
import { findNewPython, fitWithGaps, newPythonMissing } from '../support/scikit-learn-with-gaps.ts';
import { digestOfTrees } from '../support/tree-columns.ts';

// prints missing-values.json: digests of what scikit-learn grows and says on missing values, `node make-missing-values.ts > missing-values.json`
const cases = [
  ...Array.from({ length: 60 }, (_, seed) => ({ seed })),
  ...Array.from({ length: 12 }, (_, seed) => ({ seed, mostRows: 4_000 })),
  ...[1, 2, 15, 16, 17, 63, 64, 65, 127, 128, 129, 255, 256, 257, 499, 500].map((features) => ({ seed: features, features })),
];

const python = findNewPython();
if (!python) throw new Error(newPythonMissing);
const forests = cases.map(({ seed, ...shape }) => forestWithGaps(seed, shape));
const lines = fitWithGaps(python, forests).map(({ trees, probabilities }, i) =>
  JSON.stringify({
    ...cases[i],
    forest_sha256: digestOfTrees(trees),
    probabilities_sha256: createHash('sha256').update(probabilities).digest('hex'),
  }),
);
process.stdout.write(`{"made_with": "scikit-learn ${python.version}", "forests": [\n${lines.join(',\n')}\n]}\n`);
