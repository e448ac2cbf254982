import { createReadStream } from 'node:fs';
import { availableParallelism } from 'node:os';
import { ofCreditDefault } from '../../tasks/dataset/dataset.ts';
import { joinTrees } from '../../tasks/forest/grow-forest.ts';
import { stratifiedSplit } from '../../tasks/forest/train-test-split.ts';
import { readLoans } from '../../tasks/loans/read-loans.ts';
import { GrowerThreads } from '../../tasks/training/grower-threads.ts';
import { trainMlRandomForest } from '../../tasks/training/train-ml-random-forest.ts';
import { featureNames } from '../support/article-columns.ts';

const parameters = { nEstimators: 100, maxDepth: 10, randomState: 42 };
const never = new AbortController().signal;

// prints how many seconds the fit takes, on threads that were started before the loans were read, as train_model's are
const [, , loansCsv = '', engine] = process.argv;
const threads = new GrowerThreads(engine === 'ml-random-forest' ? 0 : availableParallelism());
const loans = await readLoans(ofCreditDefault, createReadStream(loansCsv));
const { train } = stratifiedSplit(loans.labels, 0.2, 42);
const data = { featureNames, ...loans, rows: train };

const started = performance.now();
if (engine === 'ml-random-forest') await trainMlRandomForest(data, parameters, never);
else joinTrees(featureNames, await threads.grow({ data, parameters, known: new Map(), onTree: () => {} }, never));
process.stdout.write(String((performance.now() - started) / 1000));
process.exit();
