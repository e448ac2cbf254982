import { parentPort, workerData } from 'node:worker_threads';
import { trainWithMlRandomForest } from './ml-random-forest-engine.ts';

// blocks its thread until the last tree is grown: here, so that the task handles signals meanwhile
parentPort?.postMessage(trainWithMlRandomForest(workerData.data, workerData.parameters));
