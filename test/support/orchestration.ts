import type { Dag } from '../../pipeline/orchestrator/dag.ts';
import { Lease, type LeaseTiming, leaseTiming } from '../../pipeline/orchestrator/lease.ts';
import type { Orchestration } from '../../pipeline/orchestrator/reconcile.ts';
import { type RunRecord, runRecordSchema } from '../../pipeline/orchestrator/run-record.ts';
import { RunStore } from '../../pipeline/orchestrator/run-store.ts';
import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import type { Log } from '../../tasks/runtime/log.ts';
import { parametersOf } from '../../tasks/runtime/settings.ts';
import { MemoryStore } from './memory-store.ts';
import { settings } from './publish-outputs.ts';
import { dag as defaultDag, run, start } from './run-records.ts';
import { ScriptedExecutor } from './scripted-executor.ts';

/** No renewal and no takeover happens within a test. */
export const longTiming: LeaseTiming = { renewSeconds: 3600, staleSeconds: 3 * 3600 };

interface Parts {
  readonly store?: MemoryStore;
  readonly dag?: Dag;
  readonly timing?: LeaseTiming;
}

/** Holds the lease of a run over a store in memory, with a clock that moves only while the executor is idle. */
export async function startOrchestration({
  store = new MemoryStore(),
  dag = defaultDag,
  timing = leaseTiming,
}: Parts = {}) {
  const executor = new ScriptedExecutor();
  const runs = new RunStore(store, dag.dagId);
  const signal = new AbortController().signal;
  let now = start.getTime();
  executor.onIdle = (seconds) => {
    now += Math.ceil(seconds * 1000);
  };
  const orchestration: Orchestration = {
    dag,
    run,
    parametersOf: parametersOf(settings),
    executor,
    artifacts: new ArtifactSet(store, dag.dagId, run.timestamp),
    lease: await Lease.take({ runs, dag, run, timing }, signal),
    clock: () => new Date(now),
  };
  return { orchestration, executor, store, runs };
}

export async function loadRecord(runs: RunStore): Promise<RunRecord> {
  return runRecordSchema.parse((await runs.load(run.timestamp))?.record);
}

/** Keeps what is logged, as `WARNING text`. */
export function keepLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (level: string) => (message: string) => lines.push(`${level} ${message}`);
  return { lines, log: { info: keep('INFO'), warn: keep('WARNING'), error: keep('ERROR') } };
}
