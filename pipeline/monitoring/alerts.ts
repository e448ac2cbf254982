import { dueRun } from '../../tasks/artifacts/run-dates.ts';
import type { Log } from '../../tasks/runtime/log.ts';
import type { Verdict } from '../models/verdict.ts';
import { decisionText } from '../models/verdict-text.ts';
import type { Dag } from '../orchestrator/dag.ts';
import type { RunRecord } from '../orchestrator/run-record.ts';
import type { RunStore } from '../orchestrator/run-store.ts';
import { type Alert, type AlertLimits, about, alertsOf, lasting, lateness, slowness } from './alert.ts';
import type { AlertBook, Book } from './alert-book.ts';
import type { Channel } from './channels.ts';
import { medianSecondsOf } from './durations.ts';
import { loadRecord, loadRecords } from './load-records.ts';
import { withinPatience } from './patience.ts';
import { taskStatistics } from './statistics.ts';

export interface AlertsParts {
  readonly dag: Dag;
  readonly runs: RunStore;
  readonly book: AlertBook;
  readonly verdictOn: (timestamp: string) => Promise<Verdict | undefined>;
  readonly channels: readonly Channel[];
  readonly limits: Omit<AlertLimits, 'medianSeconds'>;
  readonly clock: () => Date;
  readonly log: Log;
}

/** How many of the latest runs show how long a task usually takes. */
const historyRuns = 10;
const comparedRuns = 2 * historyRuns;
const retrySeconds = 60;
const unledSeconds = 600;

/**
 * Sends what a run shows while it goes on, and at each wake-up what all runs show. Nothing here fails or holds up a run:
 * what cannot be sent is logged, and tried again later or by the next wake-up.
 */
export class Alerts {
  readonly #parts: AlertsParts;
  #medianSeconds: ReadonlyMap<string, number> | undefined;
  /** By timestamp, what was shown last of each run that this process leads. */
  readonly #shown = new Map<string, RunRecord>();
  /** The ids of what they showed, once they are sent. */
  #sent = '';
  #quietUntil = 0;
  #sending: Promise<unknown> = Promise.resolve();

  constructor(parts: AlertsParts) {
    this.#parts = parts;
  }

  get isOn(): boolean {
    return this.#parts.channels.length > 0;
  }

  /** What a turn shows; sent in the background. While that is under way, or just failed, the next turns are let pass. */
  show(record: RunRecord): void {
    this.#shown.set(record.timestamp, record);
    if (!this.isOn || performance.now() < this.#quietUntil) return;
    this.#quietUntil = performance.now() + retrySeconds * 1000;
    this.#inBackground(async () => {
      const { dag, clock } = this.#parts;
      const limits = await this.#limits();
      const found = [...this.#shown.values()].flatMap((shown) => alertsOf(dag, shown, limits, clock()));
      const ids = found.map(({ id }) => id).join();
      const { failed } = ids === this.#sent ? { failed: 0 } : await this.#send(found);
      if (failed > 0) return;
      this.#sent = ids;
      this.#quietUntil = 0;
    });
  }

  /**
   * What all runs show that are not history: the one that is due, those after it, and those that this process has led.
   * Takes 5 s at most.
   */
  async check(): Promise<void> {
    if (!this.isOn) return;
    this.#inBackground(async () => await this.#send(await this.#findAll()));
    await this.settle();
  }

  /** Waits for what is being sent, but 5 s at most. */
  async settle(): Promise<void> {
    await withinPatience(this.#sending);
  }

  /** Sends what there is now, and waits for it. */
  async sendAll(): Promise<{ readonly sent: number; readonly failed: number }> {
    return this.#send(await this.#findAll());
  }

  #inBackground(work: () => Promise<unknown>): void {
    const { log } = this.#parts;
    this.#sending = this.#sending.then(work).catch((error: Error) => {
      log.warn(`alerts could not be checked, the next wake-up does it again: ${error.message}`);
    });
  }

  async #findAll(): Promise<Alert[]> {
    const { dag, book, clock } = this.#parts;
    const now = clock();
    const limits = await this.#limits();
    const due = dueRun(dag.schedule, now);
    const latest = await this.#latest();
    const isHistory = ({ timestamp }: RunRecord) => timestamp < (due?.timestamp ?? '');
    const current = latest.filter((record) => !isHistory(record));
    const records = [...[...this.#shown.values()].filter(isHistory), ...current];
    const tasks = dag.tasks.map(({ taskId }) => taskId);
    const newest = current.at(-1);
    const [dueRecord] = due ? await loadRecord(this.#parts.runs, due.timestamp) : [];
    return [
      ...(due ? lateness(dag, due, dueRecord, limits, now) : []),
      ...records.flatMap((record) => alertsOf(dag, record, limits, now)),
      ...(newest ? slowness(newest, taskStatistics(latest, tasks, historyRuns)) : []),
      ...(await this.#findUnled(current, now)),
      ...(await this.#findRejected(records)),
      ...recoveries(await book.read(), records),
    ];
  }

  /** Running, but its lease is not renewed: the counter stands where an earlier wake-up saw it. */
  async #findUnled(records: readonly RunRecord[], now: Date): Promise<Alert[]> {
    const running = records.filter(({ state }) => state === 'running');
    const { leases } = await this.#parts.book.read();
    const seen = running.map(({ timestamp, lease: { counter } }) => {
      const before = leases[timestamp];
      return [timestamp, before?.counter === counter ? before : { counter, since: now.toISOString() }] as const;
    });
    const news = Object.fromEntries(seen);
    if (JSON.stringify(news) !== JSON.stringify(leases))
      await this.#parts.book.change((book) => ({ ...book, leases: news }));
    return running.flatMap((record) => {
      const since = news[record.timestamp]?.since ?? now.toISOString();
      if ((now.getTime() - Date.parse(since)) / 1000 < unledSeconds) return [];
      return [about(record, 'stuck', `it is unfinished, and no orchestrator has led it since ${since}`)];
    });
  }

  async #findRejected(records: readonly RunRecord[]): Promise<Alert[]> {
    const published = records.filter(({ state }) => state === 'success');
    const verdicts = await Promise.all(published.map(({ timestamp }) => this.#parts.verdictOn(timestamp)));
    return verdicts.flatMap((verdict) =>
      verdict?.decision === 'rejected' ? [about(verdict, 'rejected', decisionText(verdict))] : [],
    );
  }

  async #limits(): Promise<AlertLimits> {
    this.#medianSeconds ??= medianSecondsOf((await this.#latest()).slice(-historyRuns - 1));
    return { ...this.#parts.limits, medianSeconds: this.#medianSeconds };
  }

  #latest(): Promise<RunRecord[]> {
    return loadRecords(this.#parts.runs, comparedRuns);
  }

  async #send(alerts: readonly Alert[]): Promise<{ sent: number; failed: number }> {
    const { book, channels, clock } = this.#parts;
    const results = await Promise.all(
      channels.map(async (channel) => {
        const claimed = await book.claim(channel.name, alerts, clock());
        return Promise.all(claimed.map((alert) => this.#sendBy(channel, alert)));
      }),
    );
    const sent = results.flat().filter((isSent) => isSent).length;
    return { sent, failed: results.flat().length - sent };
  }

  async #sendBy(channel: Channel, alert: Alert): Promise<boolean> {
    const { book, clock, log } = this.#parts;
    const isSent = await channel.send(alert).then(
      () => true,
      (error: Error) => {
        log.warn(`the alert ${alert.id} could not be sent by ${channel.name}, and is sent later: ${error.message}`);
        return false;
      },
    );
    await book.settle(channel.name, alert, isSent, clock());
    return isSent;
  }
}

/** Runs that are well again after an alert was sent. */
function recoveries({ entries }: Book, records: readonly RunRecord[]): Alert[] {
  return records.flatMap((record) => {
    const wasAlerted = Object.values(entries).some(
      ({ timestamp, event, sentAt }) =>
        timestamp === record.timestamp && sentAt && lasting.some((kind) => kind === event),
    );
    return record.state === 'success' && wasAlerted ? [about(record, 'recovered', 'it is published')] : [];
  });
}
