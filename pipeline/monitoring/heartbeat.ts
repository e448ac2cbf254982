import type { Log } from '../../tasks/runtime/log.ts';
import { request } from './request.ts';

/**
 * Pings of one wake-up, in the dialect of healthchecks: `/start`, then the bare URL for a success or `/fail`, all with
 * the same `rid`. One that cannot be sent is logged.
 */
export class Heartbeat {
  readonly #url: string | undefined;
  readonly #rid: string;
  readonly #log: Log;
  #started: Promise<void> = Promise.resolve();

  constructor(url: string | undefined, rid: string, log: Log) {
    this.#url = url;
    this.#rid = rid;
    this.#log = log;
  }

  /** In the background. */
  start(): void {
    this.#started = this.#ping('/start');
  }

  async succeed(): Promise<void> {
    await this.#started;
    await this.#ping('');
  }

  async fail(): Promise<void> {
    await this.#started;
    await this.#ping('/fail');
  }

  async #ping(what: string): Promise<void> {
    if (!this.#url) return;
    const url = new URL(this.#url);
    url.pathname = `${url.pathname.replace(/\/$/, '')}${what}`;
    url.searchParams.set('rid', this.#rid);
    await request(url.href).catch((error: Error) => {
      this.#log.warn(`the heartbeat could not be sent: ${error.message}`);
    });
  }
}
