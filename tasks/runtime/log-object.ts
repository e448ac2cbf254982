import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../artifacts/message-of.ts';
import type { ObjectStore } from '../artifacts/stores/object-store.ts';
import { MissingBucket } from '../artifacts/stores/store-errors.ts';
import type { LogLine } from './log.ts';

const flushEverySeconds = 5;
const limitBytes = 5 * 1024 * 1024;
// with room for the line that reports the cut
const halfLimitBytes = limitBytes / 2 - 100;

/**
 * An attempt's log in the object store: written with its first line, rewritten every 5 s while it grows, and once more at the
 * end. Held in memory until the bucket exists; at most 5 MiB, of which the middle is cut.
 */
export class LogObject {
  readonly #store: ObjectStore;
  readonly #key: string;
  readonly #head: string[] = [];
  readonly #tail: string[] = [];
  #headBytes = 0;
  #tailBytes = 0;
  #cutLines = 0;
  #isDirty = false;
  #flushing: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  constructor(store: ObjectStore, key: string) {
    this.#store = store;
    this.#key = key;
    this.#timer = setInterval(() => this.flush(), flushEverySeconds * 1000).unref();
  }

  append(line: string): void {
    const isFirst = this.#head.length === 0;
    this.#isDirty = true;
    const bytes = Buffer.byteLength(line);
    if (this.#headBytes + bytes <= halfLimitBytes && this.#tail.length === 0 && this.#cutLines === 0) {
      this.#head.push(line);
      this.#headBytes += bytes;
      // an attempt that is killed while it computes has a log all the same
      if (isFirst) this.flush();
      return;
    }
    this.#tail.push(line);
    this.#tailBytes += bytes;
    while (this.#tailBytes > halfLimitBytes) {
      this.#tailBytes -= Buffer.byteLength(this.#tail.shift() ?? '');
      this.#cutLines++;
    }
  }

  /** Never throws: a log that cannot be written must not fail the task. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#write());
    return this.#flushing;
  }

  /** Writes what is left, if the store takes it within `patienceSeconds`. */
  async close(patienceSeconds = 60): Promise<void> {
    clearInterval(this.#timer);
    await Promise.race([this.flush(), sleep(patienceSeconds * 1000, undefined, { ref: false })]);
  }

  async #write(): Promise<void> {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    const text = [...this.#head, this.#cutLine(), ...this.#tail].join('');
    try {
      await this.#store.put(this.#key, Buffer.from(text), { contentType: 'text/plain; charset=utf-8' });
    } catch (error) {
      this.#isDirty = true;
      if (!(error instanceof MissingBucket)) this.#complain(messageOf(error));
    }
  }

  /** What has failed the task too is its last line already. */
  #complain(reason: string): void {
    const lastLine = this.#tail.at(-1) ?? this.#head.at(-1) ?? '';
    if (!lastLine.includes(JSON.stringify(reason))) process.stderr.write(`the log could not be written: ${reason}\n`);
  }

  #cutLine(): string {
    if (this.#cutLines === 0) return '';
    const line: LogLine = { time: new Date().toISOString(), level: 'WARNING', message: `${this.#cutLines} lines cut` };
    return `${JSON.stringify(line)}\n`;
  }
}
