import { overviewPageKey, runPageKey } from '../../tasks/artifacts/artifact-keys.ts';
import type { ObjectStore } from '../../tasks/artifacts/stores/object-store.ts';
import type { Log } from '../../tasks/runtime/log.ts';
import { withinPatience } from '../monitoring/patience.ts';
import type { RunRecord } from '../orchestrator/run-record.ts';
import type { Pages } from './pages.ts';

const leastSecondsBetween = 5;

/**
 * Keeps the pages in the store up to date while runs go on. Nothing here fails or holds up a run: pages that cannot be
 * written are logged once, and written later.
 */
export class PageWriter {
  readonly #pages: Pages;
  readonly #store: ObjectStore;
  readonly #dagId: string;
  readonly #log: Log;
  /** By timestamp, what was shown last of each run, and what of it is written. */
  readonly #shown = new Map<string, string>();
  readonly #written = new Map<string, string>();
  #quietUntil = 0;
  #hasFailed = false;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(pages: Pages, store: ObjectStore, dagId: string, log: Log) {
    this.#pages = pages;
    this.#store = store;
    this.#dagId = dagId;
    this.#log = log;
  }

  /** What a turn came to; written in the background where it changed, at most every 5 s. */
  show({ lease: _, ...record }: RunRecord): void {
    this.#shown.set(record.timestamp, JSON.stringify(record));
    if (performance.now() >= this.#quietUntil) this.#writeInBackground();
  }

  /** Something else that the page of a run shows has changed. */
  outdate(timestamp: string): void {
    this.#written.delete(timestamp);
  }

  /** Writes what was shown last of each run, where it is not written yet; takes 5 s at most. */
  async settle(): Promise<void> {
    this.#writeInBackground();
    await withinPatience(this.#writing);
  }

  /** The page of every run that is given, and of all. */
  async write(timestamps: readonly string[]): Promise<void> {
    for (const timestamp of timestamps) {
      const page = await this.#pages.run(timestamp);
      if (page !== undefined) await this.#put(runPageKey(this.#dagId, timestamp), page);
    }
    await this.#put(overviewPageKey(this.#dagId), await this.#pages.overview());
  }

  #writeInBackground(): void {
    const changed = [...this.#shown].filter(([timestamp, state]) => this.#written.get(timestamp) !== state);
    if (changed.length === 0) return;
    for (const [timestamp, state] of changed) this.#written.set(timestamp, state);
    this.#quietUntil = performance.now() + leastSecondsBetween * 1000;
    const timestamps = changed.map(([timestamp]) => timestamp);
    this.#writing = this.#writing.then(() => this.write(timestamps)).catch((error: Error) => this.#fail(error));
  }

  #fail(error: Error): void {
    this.#written.clear();
    if (!this.#hasFailed) this.#log.warn(`the status pages could not be written: ${error.message}`);
    this.#hasFailed = true;
  }

  async #put(key: string, page: string): Promise<void> {
    await this.#store.put(key, Buffer.from(page), { contentType: 'text/html; charset=utf-8' });
  }
}
