import { parentPort, workerData } from 'node:worker_threads';
import { Predictor } from '../forest/predict.ts';

const predictor = new Predictor(workerData);
parentPort?.on('message', ({ columns, rows }) => {
  const prediction = predictor.predict(columns, rows);
  // they would pile up until the garbage collector runs
  for (const { buffer } of columns) buffer.transfer(0);
  parentPort?.postMessage(prediction, [prediction.probabilities.buffer, prediction.predictions.buffer]);
});
