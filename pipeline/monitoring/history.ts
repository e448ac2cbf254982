import { runRecordsPrefix } from '../../tasks/artifacts/artifact-keys.ts';
import { inBatches } from './in-batches.ts';
import { type KnownRun, loadRun, type ReportParts, refreshed } from './run-report.ts';

const keptRuns = 500;

/** The latest runs, read once and then again only where they have changed. */
export class History {
  readonly #parts: ReportParts;
  /** By timestamp and etag. */
  #known = new Map<string, KnownRun>();

  constructor(parts: ReportParts) {
    this.#parts = parts;
  }

  /** The 500 latest, newest first. One that cannot be read hides no other. */
  async runs(): Promise<KnownRun[]> {
    const versions = (await this.#versions()).slice(-keptRuns).reverse();
    const found = await inBatches(versions, async (version) => {
      const run = await this.#look(version);
      return run ? [[version, run] as const] : [];
    });
    this.#known = new Map(found.flat());
    return [...this.#known.values()];
  }

  /** Changes whenever a run does. */
  async version(): Promise<string> {
    return (await this.#versions()).join();
  }

  #look(version: string): Promise<KnownRun | undefined> {
    const known = this.#known.get(version);
    return known ? refreshed(this.#parts, known) : loadRun(this.#parts, version.slice(0, version.indexOf(' ')));
  }

  async #versions(): Promise<string[]> {
    const versions: string[] = [];
    for await (const { key, etag } of this.#parts.store.list(runRecordsPrefix(this.#parts.dag.dagId))) {
      const [, timestamp] = /\/(\d{8}T\d{6})\/run\.json$/.exec(key) ?? [];
      if (timestamp) versions.push(`${timestamp} ${etag}`);
    }
    return versions;
  }
}
