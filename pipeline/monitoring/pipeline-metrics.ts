import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { z } from 'zod';
import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { artifactNames } from '../../tasks/artifacts/catalogue.ts';
import { readJson } from '../../tasks/artifacts/read-json.ts';
import { dueRun, nextDueAt } from '../../tasks/artifacts/run-dates.ts';
import type { ObjectStore } from '../../tasks/artifacts/stores/object-store.ts';
import type { Champion } from '../models/champion.ts';
import type { Drift } from '../models/drift.ts';
import { readChampion, readVerdict } from '../models/judge-once.ts';
import { decisions, type Verdict } from '../models/verdict.ts';
import type { Dag } from '../orchestrator/dag.ts';
import { isCharged, isUncharged } from '../orchestrator/retry-policy.ts';
import type { RunRecord } from '../orchestrator/run-record.ts';
import type { Prices } from '../settings/monitoring-settings.ts';
import { missingSince } from './alert.ts';
import { type RunCost, runCost } from './cost.ts';
import { endedAttempts, ranSeconds, type TaskAttempt, waitedSeconds } from './durations.ts';

const prefix = 'credit_default_pipeline_';
const histogramRuns = 100;
const buckets = [1, 5, 15, 60, 300, 900, 3600, 7200, 14_400];
const runStates = ['none', 'running', 'success', 'failed'] as const;

const scoresSchema = z.looseObject({ class_counts: z.record(z.string(), z.number()).optional() });

/**
 * Prometheus' text exposition of what run records, markers and metrics.json say: nothing is counted in a process, so
 * that nothing is lost with one.
 * @param records of all runs, oldest first
 */
export async function pipelineMetrics(
  dag: Dag,
  store: ObjectStore,
  records: readonly RunRecord[],
  prices: Prices | undefined,
  now: Date,
): Promise<string> {
  const metrics = new Metrics();
  addRuns(metrics, dag, records, now);
  addAttempts(metrics, endedAttempts(records));
  addDurations(metrics, endedAttempts(records.slice(-histogramRuns)));
  addCosts(
    metrics,
    records.map((record) => runCost(dag, record, prices, now)),
  );
  const published = records.findLast(({ state }) => state === 'success');
  if (published) await addModel(metrics, store, new ArtifactSet(store, dag.dagId, published.timestamp));
  if (published) addVerdict(metrics, await readVerdict(store, dag.dagId, published.timestamp));
  addChampion(metrics, await readChampion(store, dag.dagId));
  return metrics.registry.metrics();
}

/** Makes metrics of a registry of their own, under the common prefix. */
class Metrics {
  readonly registry = new Registry();

  gauge(name: string, help: string, ...labelNames: string[]): Gauge {
    return new Gauge({ name: `${prefix}${name}`, help, labelNames, registers: [this.registry] });
  }

  counter(name: string, help: string, ...labelNames: string[]): Counter {
    return new Counter({ name: `${prefix}${name}`, help, labelNames, registers: [this.registry] });
  }

  histogram(name: string, help: string, ...labelNames: string[]): Histogram {
    return new Histogram({ name: `${prefix}${name}`, help, labelNames, buckets, registers: [this.registry] });
  }
}

function addRuns(metrics: Metrics, { schedule }: Dag, records: readonly RunRecord[], now: Date): void {
  const due = dueRun(schedule, now);
  const record = records.find(({ timestamp }) => timestamp === due?.timestamp);
  const dueState = record?.state ?? 'none';
  const state = metrics.gauge('run_state', 'Whether the run that is due is in this state.', 'state');
  for (const name of runStates) state.set({ state: name }, name === dueState ? 1 : 0);
  const next = nextDueAt(schedule, now).getTime() / 1000;
  metrics.gauge('next_due_timestamp_seconds', 'When the next run is due.').set(next);
  metrics.gauge('due_timestamp_seconds', 'When the latest run was due.').set(next - schedule.everyDays * 86_400);
  const since = due && missingSince(schedule, due, record);
  if (since)
    metrics
      .gauge('missing_since_timestamp_seconds', 'Since when the run that is due is not published, where it is not.')
      .set(since.getTime() / 1000);

  const ends = records.flatMap((record) => (record.state === 'success' && record.endedAt ? [record.endedAt] : []));
  if (ends.length === 0) return;
  const at = Math.max(...ends.map((end) => Date.parse(end) / 1000));
  metrics.gauge('last_published_timestamp_seconds', 'When a run was last published.').set(at);
  metrics.gauge('last_published_age_seconds', 'How long ago that was.').set(Math.max(0, now.getTime() / 1000 - at));
}

function addAttempts(metrics: Metrics, attempts: readonly TaskAttempt[]): void {
  const ended = metrics.counter('attempts_total', 'Attempts that have ended.', 'task', 'outcome', 'placement');
  const retries = metrics.counter('retries_charged_total', 'Attempts that count against the retries.', 'task');
  const preemptions = metrics.counter('preemptions_total', 'Attempts that were lost or preempted.', 'task');
  const ran = metrics.gauge('task_last_duration_seconds', 'How long the last attempt took.', 'task');
  const waited = metrics.gauge('task_last_queue_seconds', 'How long the last attempt waited for its start.', 'task');
  for (const { taskId: task, attempt } of attempts) {
    ended.inc({ task, outcome: attempt.outcome, placement: attempt.placement });
    retries.inc({ task }, isCharged(attempt) ? 1 : 0);
    preemptions.inc({ task }, isUncharged(attempt) ? 1 : 0);
    ran.set({ task }, ranSeconds(attempt) ?? 0);
    waited.set({ task }, waitedSeconds(attempt));
  }
}

function addDurations(metrics: Metrics, attempts: readonly TaskAttempt[]): void {
  const of = `in the last ${histogramRuns} runs`;
  const ran = metrics.histogram('task_duration_seconds', `How long attempts took that succeeded ${of}.`, 'task');
  const waited = metrics.histogram('task_queue_seconds', `How long attempts waited for their start ${of}.`, 'task');
  for (const { taskId: task, attempt } of attempts) {
    waited.observe({ task }, waitedSeconds(attempt));
    const seconds = ranSeconds(attempt);
    if (attempt.outcome === 'succeeded' && seconds !== undefined) ran.observe({ task }, seconds);
  }
}

function addCosts(metrics: Metrics, costs: readonly RunCost[]): void {
  const vcpu = metrics.counter('requested_vcpu_seconds_total', 'What attempts asked for while they ran.', 'placement');
  const memory = metrics.counter('requested_memory_byte_seconds_total', 'The same of memory.', 'placement');
  for (const [placement, { vcpuSeconds, gibSeconds }] of costs.flatMap(({ byPlacement }) =>
    Object.entries(byPlacement),
  )) {
    vcpu.inc({ placement }, vcpuSeconds);
    memory.inc({ placement }, gibSeconds * 2 ** 30);
  }
  const usd = costs.at(-1)?.total.usd ?? null;
  if (usd !== null) metrics.gauge('last_run_cost_usd', 'What the last run cost, estimated from requests.').set(usd);
}

async function addModel(metrics: Metrics, store: ObjectStore, artifacts: ArtifactSet): Promise<void> {
  const bytes = metrics.gauge('artifact_bytes', 'Size of an artifact of the last published run.', 'artifact');
  const rows = metrics.gauge('artifact_rows', 'Rows of an artifact of the last published run.', 'artifact');
  for (const artifact of artifactNames) {
    const marker = await artifacts.readMarker(artifact);
    if (marker) bytes.set({ artifact }, marker.bytes);
    if (marker?.rows) rows.set({ artifact }, marker.rows);
  }
  const { class_counts: counts = {}, rows: _, ...scores } = await scoresOf(store, artifacts);
  const score = metrics.gauge('model_score', 'A score of the last published model on its test loans.', 'score');
  for (const [name, value] of Object.entries(scores)) if (typeof value === 'number') score.set({ score: name }, value);
  const loans = metrics.gauge('test_loans', 'Test loans of the last published run.', 'class');
  for (const [name, count] of Object.entries(counts)) loans.set({ class: name }, count);
}

/** What was decided of the last published model. */
function addVerdict(metrics: Metrics, verdict: Verdict | undefined): void {
  if (!verdict) return;
  const decision = metrics.gauge('model_verdict', 'Whether this was decided of the last published model.', 'decision');
  for (const name of decisions) decision.set({ decision: name }, name === verdict.decision ? 1 : 0);
  const { comparison, drift } = verdict;
  if (Array.isArray(drift)) addDrift(metrics, drift);
  if (!comparison || 'impossible' in comparison) return;
  const lead = metrics.gauge('model_roc_auc_lead', "Its ROC AUC less the champion's, on loans new to both.", 'bound');
  lead.set({ bound: 'none' }, comparison.challenger - comparison.champion);
  for (const bound of ['low', 'high'] as const) lead.set({ bound }, comparison[bound]);
}

function addDrift(metrics: Metrics, drift: readonly Drift[]): void {
  const psi = metrics.gauge('model_drift_psi', "How far a column has moved from the champion's.", 'column');
  const chance = metrics.gauge('model_drift_psi_by_chance', 'What that stays below by chance alone.', 'column');
  for (const { name: column, ...found } of drift) {
    if (found.psi !== null) psi.set({ column }, found.psi);
    if (found.psiByChance !== null) chance.set({ column }, found.psiByChance);
  }
}

function addChampion(metrics: Metrics, champion: Champion | undefined): void {
  if (!champion) return;
  const { runId: run_id, sha256, scores, decidedAt } = champion;
  metrics.gauge('champion', 'The model that is to be used.', 'run_id', 'sha256').set({ run_id, sha256 }, 1);
  const since = Date.parse(decidedAt) / 1000;
  metrics.gauge('champion_since_timestamp_seconds', 'When it became the champion.').set(since);
  const score = metrics.gauge('champion_score', 'A score of the champion on the test loans of its run.', 'score');
  for (const [name, value] of Object.entries(scores)) if (value !== null) score.set({ score: name }, value);
}

async function scoresOf(store: ObjectStore, artifacts: ArtifactSet): Promise<z.output<typeof scoresSchema>> {
  return scoresSchema.safeParse(await readJson(store, artifacts.keyOf('metricsJson'))).data ?? {};
}
