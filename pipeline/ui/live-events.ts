import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const lookEverySeconds = 1;
const keepAliveSeconds = 15;

/**
 * Server-sent events: while pages are open, what each shows is looked at once a second, and a change is reported to those
 * that show it. While none is open nothing is asked.
 */
export class LiveEvents {
  readonly #versionOf: (page: string) => Promise<string>;
  readonly #readers = new Map<string, Set<ServerResponse>>();
  readonly #versions = new Map<string, string>();
  #isLooking = false;
  #isClosed = false;

  /** @param versionOf changes whenever the page does */
  constructor(versionOf: (page: string) => Promise<string>) {
    this.#versionOf = versionOf;
  }

  add(page: string, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write('retry: 1000\n\n');
    const readers = this.#readers.get(page) ?? new Set();
    this.#readers.set(page, readers.add(response));
    response.on('close', () => {
      readers.delete(response);
      if (readers.size > 0 || this.#readers.get(page) !== readers) return;
      this.#readers.delete(page);
      this.#versions.delete(page);
    });
    if (!this.#isLooking) void this.#look();
  }

  close(): void {
    this.#isClosed = true;
    for (const response of [...this.#readers.values()].flatMap((readers) => [...readers])) response.end();
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    let quietSince = performance.now();
    while (this.#readers.size > 0 && !this.#isClosed) {
      const isQuiet = performance.now() - quietSince > keepAliveSeconds * 1000;
      if (isQuiet) quietSince = performance.now();
      for (const [page, readers] of this.#readers) {
        const hasChanged = await this.#hasChanged(page);
        const text = hasChanged ? 'event: change\ndata:\n\n' : isQuiet ? ': still here\n\n' : '';
        for (const response of text ? readers : []) response.write(text);
      }
      await sleep(lookEverySeconds * 1000, undefined, { ref: false });
    }
    this.#isLooking = false;
  }

  /** A store that does not answer now is asked again in a second. */
  async #hasChanged(page: string): Promise<boolean> {
    const version = await this.#versionOf(page).catch(() => this.#versions.get(page));
    const before = this.#versions.get(page);
    if (version === undefined || version === before) return false;
    this.#versions.set(page, version);
    return before !== undefined;
  }
}
