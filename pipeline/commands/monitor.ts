import { messageOf } from '../../tasks/artifacts/message-of.ts';
import { loadRecords } from '../monitoring/load-records.ts';
import { withinPatience } from '../monitoring/patience.ts';
import { pushMetrics, writeMetrics } from '../monitoring/publish-metrics.ts';
import type { Pipeline } from './wiring.ts';

/** At the end of a run and of a wake-up: alerts, pages and metrics. It never fails, and takes 5 s at most. */
export async function monitor(pipeline: Pipeline): Promise<void> {
  await Promise.all([pipeline.alerts.check(), pipeline.pages.settle(), withinPatience(publishMetrics(pipeline))]);
}

export async function metricsText({ dag, store, runs, settings, surroundings }: Pipeline): Promise<string> {
  // prom-client costs start time, which no other command should pay
  const { pipelineMetrics } = await import('../monitoring/pipeline-metrics.ts');
  return pipelineMetrics(dag, store, await loadRecords(runs), settings.PRICES, surroundings.clock());
}

async function publishMetrics(pipeline: Pipeline): Promise<void> {
  const { settings, dag, log } = pipeline;
  const { PUSHGATEWAY_URL: gateway, METRICS_FILE: file } = settings;
  if (!gateway && !file) return;
  try {
    const text = await metricsText(pipeline);
    await Promise.all([file && writeMetrics(file, text), gateway && pushMetrics(gateway, dag.dagId, text)]);
  } catch (error) {
    log.warn(`metrics could not be published, the next wake-up does it again: ${messageOf(error)}`);
  }
}
