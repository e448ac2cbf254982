import { createHash } from 'node:crypto';
import type { Run } from '../../tasks/artifacts/run-dates.ts';
import type { Log } from '../../tasks/runtime/log.ts';
import type { Dag } from '../orchestrator/dag.ts';
import { request } from './request.ts';

/**
 * Pings for a run, in the dialect of healthchecks: `/start`, then the bare URL for a success or `/fail`. The `rid` is the
 * run's: a start without an end of its own (this wake-up was killed, or found another at work) is closed by the end that
 * another wake-up sends. A ping that cannot be sent is logged.
 */
export class Heartbeat {
  readonly #url: string | undefined;
  readonly #rid: string;
  readonly #log: Log;
  #started: Promise<void> = Promise.resolve();

  constructor(url: string | undefined, { dagId }: Pick<Dag, 'dagId'>, { timestamp }: Run, log: Log) {
    this.#url = url;
    this.#rid = uuidOf(`${dagId}/${timestamp}`);
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

/** A UUID that is always the same for a name: version 8 of RFC 9562, of its SHA-256. */
function uuidOf(name: string): string {
  const hash = createHash('sha256').update(name).digest('hex');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
