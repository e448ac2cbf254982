import { availableParallelism } from 'node:os';
import { joinTrees } from '../../tasks/forest/grow-forest.ts';
import { GrowerThreads } from '../../tasks/training/grower-threads.ts';
import { readRandomTable } from './random-table.ts';

const parameters = { nEstimators: 100, maxDepth: 10, randomState: 42 };
const never = new AbortController().signal;

// prints how many seconds the fit takes, on threads that were started before the table was read, as train_model's are
const [, , table = '', features] = process.argv;
const threads = new GrowerThreads(availableParallelism());
const data = readRandomTable(table, Number(features));

const started = performance.now();
joinTrees(data.featureNames, await threads.grow({ data, parameters, known: new Map(), onTree: () => {} }, never));
process.stdout.write(String((performance.now() - started) / 1000));
process.exit();
