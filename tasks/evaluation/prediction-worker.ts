import { parentPort, workerData } from 'node:worker_threads';
import { predict } from '../forest/predict.ts';

const prediction = predict(workerData.forest, workerData.columns, workerData.rows);
parentPort?.postMessage(prediction, [prediction.probabilities.buffer, prediction.predictions.buffer]);
