import { parentPort, workerData } from 'node:worker_threads';
import { growForest } from '../forest/grow-forest.ts';
import type { ForestEngine } from '../runtime/config.ts';
import { trainWithMlRandomForest } from './ml-random-forest-engine.ts';

const engine: ForestEngine = workerData.engine;
const train = engine === 'sklearn-parity' ? growForest : trainWithMlRandomForest;

// an engine blocks its thread until the last tree is grown: here, so that the task hears signals meanwhile
const forest = train(workerData.data, workerData.parameters, (grown) => parentPort?.postMessage({ grown }));
parentPort?.postMessage({ forest });
