import { createReadStream } from 'node:fs';
import { stratifiedSplit } from '../../tasks/forest/stratified-split.ts';
import { featureNames } from '../../tasks/loans/loan-columns.ts';
import { readLoans } from '../../tasks/loans/read-loans.ts';
import { trainInWorker } from '../../tasks/model/train-in-worker.ts';

// prints how many seconds the fit takes: grow-once.ts LOANS_CSV ENGINE
const [, , loansCsv = '', engine] = process.argv;
const loans = await readLoans(createReadStream(loansCsv));
const { train } = stratifiedSplit(loans.labels, 0.2, 42);
const data = { featureNames, ...loans, rows: train };
const parameters = { nEstimators: 100, maxDepth: 10, randomState: 42 };

const started = performance.now();
await trainInWorker(
  engine === 'ml-random-forest' ? engine : 'sklearn-parity',
  data,
  parameters,
  () => {},
  new AbortController().signal,
);
process.stdout.write(String((performance.now() - started) / 1000));
