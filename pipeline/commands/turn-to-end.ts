import { messageOf } from '../../tasks/artifacts/message-of.ts';
import type { Log } from '../../tasks/runtime/log.ts';
import { secretTexts } from '../../tasks/runtime/setting-facts.ts';
import { judgeOnce, readChampion } from '../models/judge-once.ts';
import { championText, verdictTexts } from '../models/verdict-text.ts';
import { type OnTurn, orchestrate } from '../orchestrator/orchestrate.ts';
import type { Orchestration } from '../orchestrator/reconcile.ts';
import type { RunRecord } from '../orchestrator/run-record.ts';
import { isByHand } from '../orchestrator/stop-run.ts';
import { type PipelineSettings, pipelineSettings } from '../settings/pipeline-settings.ts';
import { gatesOf } from '../settings/promotion-settings.ts';
import type { Pipeline } from './wiring.ts';

export type LogFormat = PipelineSettings['LOG_FORMAT'];

/** Turns until the run settles, with its pages and alerts kept up to date; its record then. */
export async function turnToEnd(
  pipeline: Pipeline,
  orchestration: Orchestration,
  onTurn: OnTurn,
  log: Log,
  signal: AbortSignal,
): Promise<RunRecord> {
  const { alerts, pages } = pipeline;
  const showAll: OnTurn = (record, facts) => {
    onTurn(record, facts);
    alerts.show(record);
    pages.show(record);
  };
  const record = await orchestrate(orchestration, showAll, log, signal);
  if (record.state === 'success') await judgeModel(pipeline, orchestration, log);
  pages.outdate(record.timestamp);
  return record;
}

/** What the verdict is; a model that cannot be judged now is judged by the next start of its run. */
async function judgeModel(
  { dag: { schedule }, settings, surroundings: { clock } }: Pipeline,
  { run, artifacts: { store, dagId } }: Orchestration,
  log: Log,
): Promise<void> {
  try {
    const { PROMOTION: promotion, GATE_MIN_ROWS: leastRows } = settings;
    const judging = { schedule, promotion, gates: gatesOf(settings), leastRows, clock };
    const judgement = await judgeOnce(store, dagId, run, judging);
    const champion = await readChampion(store, dagId);
    if (champion && !judgement?.isNew) log.info(championText(champion));
    if (!judgement?.isNew) return;
    const { verdict } = judgement;
    const [decision = '', ...reasons] = verdictTexts(verdict);
    log[verdict.decision === 'rejected' ? 'warn' : 'info'](decision);
    for (const reason of reasons) log.info(reason);
  } catch (error) {
    log.warn(`the model was not judged, the next start of this run does it: ${messageOf(error)}`);
  }
}

/** Where to look after a failure. */
export function whereToLook({ timestamp, tasks }: RunRecord): string {
  const [failed, task] = Object.entries(tasks).find(([, { state }]) => state === 'failed') ?? [];
  if (isByHand(task?.reason)) return `it was ${task?.reason}`;
  return `see 'npx pipeline ${failed ? `logs ${timestamp} ${failed}` : `status ${timestamp}`}'`;
}

/** What to type next after a failure. */
export function adviceFor(record: RunRecord): string {
  const { timestamp } = record;
  return `${whereToLook(record)}; 'npx pipeline clear ${timestamp}', then 'npx pipeline run --logical-date ${timestamp}', does it again`;
}

/** A log that gives way to lines which are redrawn: `onLine` is called before each of its own. */
export function logBeside({ environment, settings, surroundings }: Pipeline, onLine: () => void): Log {
  return surroundings.createLog(settings.LOG_FORMAT, secretTexts(pipelineSettings.shape, environment), onLine);
}

/** Lines are redrawn only on a terminal that can, and never between lines of JSON. */
export function isRedrawable(format: LogFormat): boolean {
  return process.stdout.isTTY === true && process.env.TERM !== 'dumb' && format === 'text';
}
