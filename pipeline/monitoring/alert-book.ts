import { z } from 'zod';
import { parseJson } from '../../tasks/artifacts/parse-json.ts';
import { type ObjectInfo, type ObjectStore, unchangedSince } from '../../tasks/artifacts/stores/object-store.ts';
import { readAll } from '../../tasks/artifacts/stores/read-all.ts';
import { PreconditionFailed } from '../../tasks/artifacts/stores/store-errors.ts';
import { isProvablyDead, thisProcess } from '../orchestrator/lease.ts';
import { holderSchema } from '../orchestrator/run-record.ts';
import { type Alert, lasting } from './alert.ts';

const time = z.iso.datetime();

const entrySchema = z.object({
  event: z.string(),
  timestamp: z.string(),
  /** Who is sending it, and since when. */
  claim: z.object({ holder: holderSchema, since: time }).optional(),
  changedAt: time,
  sentAt: time.optional(),
  /** How often it could not be sent since. */
  failures: z.number().int().nonnegative().default(0),
  retryAt: time.optional(),
});

const bookSchema = z.object({
  version: z.literal(1).default(1),
  /** By channel and alert. */
  entries: z.record(z.string(), entrySchema).default({}),
  /** By run: a lease's counter and since when it stands. */
  leases: z.record(z.string(), z.object({ counter: z.number(), since: time })).default({}),
});

export type BookEntry = Readonly<z.output<typeof entrySchema>>;
export type Book = Readonly<z.output<typeof bookSchema>>;

const claimSeconds = 60;
const repeatSeconds = 24 * 60 * 60;
const keptSeconds = 30 * repeatSeconds;

/**
 * What was sent, in one object of the store that is moved by compare-and-swap: an alert is claimed before it is sent, and
 * recorded as sent after it. A claim is open again once its process is dead, or after a minute.
 */
export class AlertBook {
  readonly #store: ObjectStore;
  readonly #key: string;

  constructor(store: ObjectStore, dagId: string) {
    this.#store = store;
    this.#key = `${dagId}/alerts/book.json`;
  }

  async read(): Promise<Book> {
    return (await this.#load()).book;
  }

  /** Of these, the alerts that this process is to send. */
  async claim(channel: string, alerts: readonly Alert[], now: Date): Promise<Alert[]> {
    let claimed: Alert[] = [];
    await this.change(
      (book) => {
        claimed = alerts.filter((alert) => isDue(book.entries[entryKey(channel, alert)], alert, now));
        const entries = claimed.map((alert) => [entryKey(channel, alert), entryOf(book, channel, alert, now)] as const);
        return { ...book, entries: { ...recent(book.entries, now), ...Object.fromEntries(entries) } };
      },
      () => claimed.length > 0,
    );
    return claimed;
  }

  /** How the sending of a claimed alert ended. */
  async settle(channel: string, alert: Alert, isSent: boolean, now: Date): Promise<void> {
    const key = entryKey(channel, alert);
    await this.change((book) => {
      const { claim: _, ...entry } = entryOf(book, channel, alert, now);
      const failures = isSent ? 0 : entry.failures + 1;
      const pause = Math.min(30 * 2 ** failures, 3600);
      const ended = isSent
        ? { ...entry, failures, sentAt: now.toISOString() }
        : { ...entry, failures, retryAt: secondsAfter(now, pause) };
      return { ...book, entries: { ...withoutAnswered(book.entries, channel, alert), [key]: ended } };
    });
  }

  /** Changes the book, again when someone else did in between. */
  async change(act: (book: Book) => Book, isWorthIt: () => boolean = () => true): Promise<void> {
    for (;;) {
      const { book, info } = await this.#load();
      const changed = act(book);
      if (!isWorthIt()) return;
      try {
        const body = Buffer.from(`${JSON.stringify(bookSchema.parse(changed), null, 2)}\n`);
        await this.#store.put(this.#key, body, { condition: unchangedSince(info), contentType: 'application/json' });
        return;
      } catch (error) {
        if (!(error instanceof PreconditionFailed)) throw error;
      }
    }
  }

  /** A book that cannot be read counts as empty: at worst an alert is sent twice. */
  async #load(): Promise<{ readonly book: Book; readonly info: ObjectInfo | undefined }> {
    const object = await this.#store.get(this.#key);
    const content = object && parseJson((await readAll(object.body)).toString());
    return { book: bookSchema.safeParse(content).data ?? bookSchema.parse({}), info: object };
  }
}

function entryKey(channel: string, { id }: Alert): string {
  return `${channel} ${id}`;
}

function entryOf({ entries }: Book, channel: string, alert: Alert, now: Date): BookEntry {
  const { event, timestamp } = alert;
  const before = entries[entryKey(channel, alert)] ?? { event, timestamp, failures: 0 };
  const since = now.toISOString();
  return { ...before, changedAt: since, claim: { holder: thisProcess, since } };
}

function isDue(entry: BookEntry | undefined, { event }: Alert, now: Date): boolean {
  if (!entry) return true;
  const { claim, failures, retryAt, sentAt } = entry;
  if (claim && !isProvablyDead(claim.holder) && secondsSince(claim.since, now) < claimSeconds) return false;
  if (failures > 0 && retryAt && now < new Date(retryAt)) return false;
  if (!sentAt || failures > 0) return true;
  return lasting.includes(event) && secondsSince(sentAt, now) >= repeatSeconds;
}

/** Once a run has recovered its next trouble is news, and after that its next recovery. */
function withoutAnswered(entries: Book['entries'], channel: string, { event, timestamp }: Alert): Book['entries'] {
  const isAnswered = (key: string, entry: BookEntry) =>
    key.startsWith(`${channel} `) &&
    entry.timestamp === timestamp &&
    (entry.event === 'recovered') !== (event === 'recovered');
  return Object.fromEntries(Object.entries(entries).filter(([key, entry]) => !isAnswered(key, entry)));
}

function recent(entries: Book['entries'], now: Date): Book['entries'] {
  return Object.fromEntries(
    Object.entries(entries).filter(([, { changedAt }]) => secondsSince(changedAt, now) < keptSeconds),
  );
}

function secondsSince(moment: string, now: Date): number {
  return (now.getTime() - Date.parse(moment)) / 1000;
}

function secondsAfter(now: Date, seconds: number): string {
  return new Date(now.getTime() + seconds * 1000).toISOString();
}
