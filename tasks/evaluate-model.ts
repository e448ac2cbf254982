import { readAll } from './artifacts/stores/read-all.ts';
import { InvalidDataset } from './dataset/read-dataset.ts';
import { groupingsOf } from './evaluation/credit/groups.ts';
import { takeSample } from './evaluation/credit/sample.ts';
import { creditReport } from './evaluation/credit-report.ts';
import { computeCurves } from './evaluation/curves.ts';
import { classBalanceFrame, confusionFrame, loadDanfo } from './evaluation/frames.ts';
import { pairImportances } from './evaluation/importances.ts';
import { computeMetrics } from './evaluation/metrics.ts';
import { metricsJson } from './evaluation/metrics-json.ts';
import { metricsText } from './evaluation/metrics-text.ts';
import { modelCard, modelCardJson } from './evaluation/model-card.ts';
import { rowsInBlock } from './evaluation/predict-blocks.ts';
import { renderReport } from './evaluation/report.ts';
import { scoreLoans } from './evaluation/score-loans.ts';
import { sweepThresholds } from './evaluation/threshold-sweep.ts';
import { MalformedCsv } from './loans/malformed-csv.ts';
import { readLoanBlocks, roomFor } from './loans/read-loans.ts';
import { datasetOf, decodeModel, MalformedModel } from './model/decode-model.ts';
import { FEATURE_IMPORTANCES, SHARED_ROWS } from './model/encode-model.ts';
import { BadInput } from './runtime/errors.ts';
import { runTask } from './runtime/run-task.ts';
import type { Task } from './runtime/task.ts';

export const evaluateModel: Task = {
  taskId: 'evaluate_model',
  summary: 'Predicts the held-out loans, and publishes metrics and a report.',

  async run({ settings, artifacts, log, signal }) {
    try {
      const { forest, metadata } = decodeModel(await readAll(await artifacts.read('model')));
      const dataset = datasetOf(metadata);
      log.info('model read', { trees: forest.treeStart.length - 1 });

      const room = roomFor(dataset, rowsInBlock(forest));
      const blocks = readLoanBlocks(dataset, await artifacts.read('testLoans'), () => room);
      // danfo loads while the threads predict
      const groupings = settings.REPORT === 'basic' ? [] : groupingsOf(dataset);
      const [loans] = await Promise.all([scoreLoans(forest, groupings, blocks, signal), loadDanfo()]);
      const { scored, groups } = loans;
      log.info('test loans predicted', { rows: scored.labels.length });
      const sweep = sweepThresholds(scored);
      const metrics = computeMetrics(scored, sweep, Number(metadata[SHARED_ROWS] ?? 0));
      for (const warning of metrics.warnings) log.warn(warning);

      const classBalance = await classBalanceFrame(metrics.classCounts);
      const confusion = await confusionFrame(metrics.confusion);
      log.info(`class balance\n${classBalance.toText()}`);
      log.info(`confusion matrix\n${confusion.toText()}`);
      log.info(metricsText(metrics));

      const curves = computeCurves(scored, sweep);
      const importances = pairImportances(forest.featureNames, metadata[FEATURE_IMPORTANCES]);
      const credit =
        settings.REPORT === 'basic'
          ? undefined
          : await creditReport({
              ...{ forest, dataset, scored, sweep, curves, importances, groups, signal },
              sample: takeSample(loans.sample),
              costs: { falseNegative: settings.COST_FALSE_NEGATIVE, falsePositive: settings.COST_FALSE_POSITIVE },
              randomState: Number(metadata.random_state ?? 0),
            });
      const sha256Of = (input: 'model' | 'testLoans') => artifacts.sha256OfInput(input);
      const card = modelCard({ dataset, metadata, scored, sweep, metrics, credit, sha256Of });

      const page = renderReport({
        model: artifacts.sha256OfInput('model'),
        loans: metadata.data_sha256 ?? '',
        metrics,
        curves,
        classBalance,
        confusion,
        importances,
        card,
      });
      await artifacts.publish('report', [Buffer.from(page)]);
      await artifacts.publish('modelCard', [Buffer.from(modelCardJson(card))]);
      await artifacts.publish('metricsJson', [Buffer.from(metricsJson(metrics))]);
      await artifacts.publish('metrics', [Buffer.from(metricsText(metrics))]);
    } catch (error) {
      throw error instanceof MalformedModel || error instanceof MalformedCsv || error instanceof InvalidDataset
        ? new BadInput(`${error.message}: run train_model again`, { cause: error })
        : error;
    }
  },
};

if (import.meta.main) await runTask(evaluateModel);
