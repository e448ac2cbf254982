import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { DirectoryStore } from '../../tasks/artifacts/stores/directory/directory-store.ts';
import { readAll } from '../../tasks/artifacts/stores/read-all.ts';
import { ofCreditDefault } from '../../tasks/dataset/dataset.ts';
import { predict } from '../../tasks/forest/predict.ts';
import { type Loans, readLoans } from '../../tasks/loans/read-loans.ts';
import { decodeModel } from '../../tasks/model/decode-model.ts';
import { runModel } from '../support/onnxruntime.ts';
import { logicalDate, runCommand } from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { setOver } from '../support/publishing.ts';
import { findPythonWithOnnx, pythonWithOnnxMissing } from '../support/python.ts';

const root = join(import.meta.dirname, '../..');
const python = findPythonWithOnnx();

describe('the champion, fetched from a run', () => {
  let postgres: TestPostgres;
  let folder: string;
  let file: string;
  let model: Buffer;
  let loans: Loans;
  let metrics: { confusion_matrix: Record<string, number> };

  before(async () => {
    postgres = await startPostgres();
    folder = await mkdtemp(join(tmpdir(), 'travel-'));
    file = join(folder, 'model.onnx');
    const store = new DirectoryStore(join(folder, 'store'));
    const environment = { ARTIFACT_STORE: store.url, DATABASE_URL: postgres.url, N_ESTIMATORS: '20' };
    const lines = ['seed-loans --rows 2000', `run --logical-date ${logicalDate}`, `champion --fetch ${file}`];
    for (const line of lines) {
      const { code, said } = await runCommand(line.split(' '), environment);
      assert.equal(code, 0, said);
    }
    model = await readFile(file);
    const set = setOver(store);
    const bytesOf = async (name: 'testLoans' | 'metricsJson') => {
      const object = await store.get(set.keyOf(name));
      assert.ok(object);
      return readAll(object.body);
    };
    loans = await readLoans(ofCreditDefault, Readable.from([await bytesOf('testLoans')]));
    metrics = JSON.parse(`${await bytesOf('metricsJson')}`);
  });

  after(async () => {
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('gives in onnxruntime what the pipeline has, for every test loan', async () => {
    const { labels, class1 } = await runModel(model, loans.features, loans.rows);
    const { predictions, probabilities } = predict(decodeModel(model).forest, loans.features, loans.rows);
    assert.deepEqual(labels, predictions);
    assert.deepEqual(class1, new Float32Array(probabilities));
    const count = (label: number, actual: number) =>
      labels.filter((found, row) => found === label && loans.labels[row] === actual).length;
    assert.deepEqual(metrics.confusion_matrix, {
      true_negatives: count(0, 0),
      false_positives: count(1, 0),
      false_negatives: count(0, 1),
      true_positives: count(1, 1),
    });
  });

  test('is run by the lines that the page has for Node', async () => {
    const page = readFileSync(join(root, 'docs/use-the-model.md'), 'utf8');
    const [, code = ''] = /```js\n([\s\S]*?)```/.exec(page) ?? [];
    const args = ['--input-type=module', '--eval', code.replace('model.onnx', file)];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const { labels, class1 } = await runModel(
      model,
      [15000, 52000, 710, 35, 36].map((value) => new Float32Array([value])),
      1,
    );
    assert.equal(stdout, `${labels[0]} ${class1[0]}\n`);
  });

  test('is a valid model to onnx, which reads its metadata', { skip: python ? false : pythonWithOnnxMissing }, () => {
    assert.ok(python);
    const program = readFileSync(join(import.meta.dirname, 'check_model.py'), 'utf8');
    const { status, stdout, stderr } = spawnSync(python.executable, ['-c', program], {
      input: model,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    const { forest, metadata } = decodeModel(model);
    assert.deepEqual(JSON.parse(stdout), {
      input: [['float_input', 'FLOAT', ['N', 5]]],
      output: [
        ['label', 'INT64', ['N']],
        ['probabilities', 'FLOAT', ['N', 2]],
      ],
      metadata: { ...metadata, feature_names: forest.featureNames.join() },
    });
  });
});
