import assert from 'node:assert/strict';
import * as ort from 'onnxruntime-web/wasm';
import type { Forest } from '../../tasks/forest/forest.ts';
import { predict } from '../../tasks/forest/predict.ts';
import { encodeModel } from '../../tasks/model/encode-model.ts';

ort.env.wasm.numThreads = 1;

type Columns = readonly (Float32Array | Float64Array)[];

/** What onnxruntime says of the first `rows` rows of the feature columns, which it is given as float32. */
export async function runModel(model: Uint8Array, columns: Columns, rows: number) {
  const values = new Float32Array(rows * columns.length);
  for (const [c, column] of columns.entries()) {
    for (let row = 0; row < rows; row++) values[row * columns.length + c] = column[row] ?? Number.NaN;
  }
  const session = await ort.InferenceSession.create(model);
  const input = new ort.Tensor('float32', values, [rows, columns.length]);
  const { label, probabilities } = await session.run({ float_input: input });
  await session.release();
  assert.ok(label?.data instanceof BigInt64Array && probabilities?.data instanceof Float32Array);
  assert.deepEqual([label.dims, probabilities.dims], [[rows], [rows, 2]]);
  const { data } = probabilities;
  const ofClass = (c: number) => data.filter((_, i) => i % 2 === c);
  return { labels: Uint8Array.from(label.data, Number), class0: ofClass(0), class1: ofClass(1) };
}

/**
 * Asserts that onnxruntime finds the probabilities that `predict` finds, as float32, and returns where it finds another
 * label: how far apart the two probabilities are in each such row.
 */
export async function gapsOfOtherLabels(forest: Forest, columns: Columns, rows: number): Promise<number[]> {
  const found = await runModel(encodeModel(forest, {}), columns, rows);
  const class1 = predict(forest, columns, rows);
  const class0 = predict({ ...forest, weight0: forest.weight1, weight1: forest.weight0 }, columns, rows);
  assert.deepEqual(found.class0, new Float32Array(class0.probabilities));
  assert.deepEqual(found.class1, new Float32Array(class1.probabilities));
  const gaps = class1.probabilities.map((probability, row) => Math.abs(probability - (class0.probabilities[row] ?? 0)));
  return Array.from(gaps.filter((_, row) => found.labels[row] !== class1.predictions[row]));
}
