import { championKey, verdictKey } from '../../tasks/artifacts/artifact-keys.ts';
import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { readChampion, readVerdict } from '../models/judge-once.ts';
import { artifactReports, type PublishedRun } from '../monitoring/artifact-report.ts';
import { AttemptLogs } from '../monitoring/attempt-logs.ts';
import { History } from '../monitoring/history.ts';
import { isReadable, type ReadableRun, type ReportParts, type RunReport } from '../monitoring/run-report.ts';
import type { Controls } from './layout.ts';
import { overviewPage } from './overview-page.ts';
import { runPage } from './run-page.ts';

export interface PagesParts extends ReportParts {
  readonly lateAfterSeconds: number;
}

/** What was read of a run is remembered for so many of them, for readers of several pages. */
const rememberedRuns = 8;

interface RunSources {
  readonly artifacts: ArtifactSet;
  readonly logs: AttemptLogs;
}

/** The pages, as the store has it at this moment. What has not changed is not read again. */
export class Pages {
  readonly #parts: PagesParts;
  readonly #history: History;
  readonly #sources = new Map<string, RunSources>();
  #before: PublishedRun | undefined;

  constructor(parts: PagesParts) {
    this.#parts = parts;
    this.#history = new History(parts);
  }

  async overview(controls?: Controls): Promise<string> {
    const { dag, store, lateAfterSeconds, clock } = this.#parts;
    const runs = await this.#history.runs();
    const champion = await readChampion(store, dag.dagId);
    const newest = runs.filter(isReadable).find(({ report }) => report.state === 'success')?.report;
    const verdict = newest && (await readVerdict(store, dag.dagId, newest.timestamp));
    const now = clock();
    return overviewPage({ dag, storeUrl: store.url, lateAfterSeconds, runs, champion, verdict, now, controls });
  }

  /** Undefined where there is no such run, or none that can be read. */
  async run(timestamp: string, controlsOf?: (report: RunReport) => Controls): Promise<string | undefined> {
    const { dag, store, clock } = this.#parts;
    const readable = (await this.#history.runs()).filter(isReadable);
    const report = readable.find((run) => run.report.timestamp === timestamp)?.report;
    if (!report) return undefined;
    const sources = this.#sourcesOf(report);
    const [artifacts, logs, before, verdict, champion] = await Promise.all([
      artifactReports(sources.artifacts),
      sources.logs.read(),
      this.#runBefore(timestamp, readable),
      readVerdict(store, dag.dagId, timestamp),
      readChampion(store, dag.dagId),
    ]);
    return runPage({
      dag,
      report,
      artifacts,
      logs,
      before,
      verdict,
      champion,
      now: clock(),
      controls: controlsOf?.(report),
    });
  }

  /** Changes whenever a page would: that of all runs, or that of one which was shown before. */
  async version(timestamp = ''): Promise<string> {
    const logs = await this.#sources.get(timestamp)?.logs.version();
    const { store, dag } = this.#parts;
    const keys = [championKey(dag.dagId), ...(timestamp ? [verdictKey(dag.dagId, timestamp)] : [])];
    const etags = await Promise.all(keys.map(async (key) => (await store.head(key))?.etag ?? ''));
    return `${await this.#history.version()} ${etags} ${logs ?? ''}`;
  }

  #sourcesOf({ timestamp, runId }: Pick<RunReport, 'timestamp' | 'runId'>): RunSources {
    const { store, dag } = this.#parts;
    const sources = this.#sources.get(timestamp) ?? {
      artifacts: new ArtifactSet(store, dag.dagId, timestamp),
      logs: new AttemptLogs(store, dag.dagId, runId),
    };
    this.#sources.delete(timestamp);
    this.#sources.set(timestamp, sources);
    const [oldest] = this.#sources.keys();
    if (oldest !== undefined && this.#sources.size > rememberedRuns) this.#sources.delete(oldest);
    return sources;
  }

  /** The last one before it that succeeded. */
  async #runBefore(timestamp: string, newestFirst: readonly ReadableRun[]): Promise<PublishedRun | undefined> {
    const report = newestFirst.find(
      ({ report: { timestamp: other, state } }) => other < timestamp && state === 'success',
    )?.report;
    if (!report || this.#before?.report === report) return report && this.#before;
    this.#before = { report, artifacts: await artifactReports(this.#sourcesOf(report).artifacts) };
    return this.#before;
  }
}
