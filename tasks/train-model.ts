import { featureImportances } from './forest/feature-importances.ts';
import { CannotSplit, shuffledSplit, stratifiedSplit } from './forest/train-test-split.ts';
import { MalformedCsv } from './loans/malformed-csv.ts';
import { type Loans, readLoans } from './loans/read-loans.ts';
import { countSharedRows } from './loans/shared-rows.ts';
import { writeLoans } from './loans/write-loans.ts';
import { DATASET, encodeModel, FEATURE_IMPORTANCES, SHARED_ROWS } from './model/encode-model.ts';
import { BadData, BadInput, UsageError } from './runtime/errors.ts';
import { runTask } from './runtime/run-task.ts';
import { modelSettings, type TaskSettings } from './runtime/settings.ts';
import type { Task } from './runtime/task.ts';
import { ForestTrainer } from './training/forest-trainer.ts';
import { TooManyRows } from './training/ml-random-forest-engine.ts';

export const trainModel: Task = {
  taskId: 'train_model',
  summary: 'Splits the loans, fits a random forest, and publishes model and held-out loans.',

  async run(context) {
    const { settings, artifacts, log } = context;
    const { DATASET: dataset, TEST_SIZE, RANDOM_STATE } = settings;
    const featureNames = dataset.features.map(({ name }) => name);
    await using trainer = new ForestTrainer(context);
    try {
      const loans = await readLoans(dataset, await artifacts.read('loans'));
      log.info('loans read', { rows: loans.rows });

      const split = dataset.isStratified ? stratifiedSplit : shuffledSplit;
      const { train, test } = split(loans.labels, TEST_SIZE, RANDOM_STATE);
      log.info('loans split', { train: train.length, test: test.length });
      await artifacts.publish('testLoans', writeLoans(loans, test), () => ({ rows: test.length }));

      const forest = await trainer.train({
        featureNames,
        ...loans,
        rows: train,
        missingValues: dataset.hasMissingValues,
      });
      const trees = forest.treeStart.length - 1;
      log.info('forest grown', { engine: settings.FOREST_ENGINE, trees, nodes: forest.feature.length });
      const metadata = modelMetadata(settings, loans, artifacts.sha256OfInput('loans'));
      const shared = countSharedRows(loans, test);
      if (shared > 0) metadata[SHARED_ROWS] = String(shared);
      if ('impurity' in forest) {
        const importances = featureImportances(forest);
        log.info('feature importances', Object.fromEntries(featureNames.map((name, f) => [name, importances[f]])));
        metadata[FEATURE_IMPORTANCES] = importances.join(',');
      }
      await artifacts.publish('model', [encodeModel(forest, metadata)], () => ({ rows: train.length }));
    } catch (error) {
      throw translated(error, settings);
    }
  },
};

function modelMetadata(settings: TaskSettings, { rows }: Loans, sha256: string): Record<string, string> {
  const { DATASET: dataset } = settings;
  return {
    ...modelSettings(settings),
    ...(dataset.isCreditDefault ? {} : { [DATASET]: dataset.text }),
    class_names: dataset.classNames.join(','),
    data_rows: String(rows),
    data_sha256: sha256,
  };
}

/** An error of the rooms below, in terms of what the caller should do. */
function translated(error: unknown, { DATASET: { source } }: TaskSettings): unknown {
  if (error instanceof MalformedCsv) return new BadInput(`${error.message}: run fetch_data again`, { cause: error });
  if (error instanceof CannotSplit) return new BadData(`the loans of ${source}: ${error.message}`, { cause: error });
  if (error instanceof TooManyRows) return new UsageError([error.message], { cause: error });
  return error;
}

if (import.meta.main) await runTask(trainModel);
