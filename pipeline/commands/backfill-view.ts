import type { Run } from '../../tasks/artifacts/run-dates.ts';
import type { Log } from '../../tasks/runtime/log.ts';
import { durationText } from '../monitoring/durations.ts';
import type { Facts } from '../orchestrator/decide.ts';
import type { OnTurn } from '../orchestrator/orchestrate.ts';
import type { PlannedRun } from '../orchestrator/plan-backfill.ts';
import type { RunRecord } from '../orchestrator/run-record.ts';
import { EventLines } from './event-lines.ts';
import { currentTaskLine } from './live-lines.ts';
import { mappedLog } from './mapped-log.ts';
import { RedrawnLines, type Terminal } from './redrawn-lines.ts';
import { timeLeftText } from './run-view.ts';
import { tableText } from './table.ts';

/** How a run of a backfill ended; `held`: another orchestrator leads it; `not-ready`: it waits for its data. */
export type RunEnd = 'success' | 'failed' | 'held' | 'not-ready';

const words: Readonly<Record<RunEnd, string>> = {
  success: 'succeeded',
  failed: 'failed',
  held: 'is led elsewhere',
  'not-ready': 'waits for its data',
};

/** What will be done, a line each run. */
export function planText(plan: readonly PlannedRun[], width: number): string {
  const rows = plan.map(({ run, state, reason, isWanted, cleared }) => {
    const act = cleared.length > 0 ? 'clear, run' : 'run';
    return [run.timestamp, state, isWanted ? act : 'nothing', reason];
  });
  return tableText([['run', 'state', 'to do', 'why'], ...rows], width);
}

interface ActiveRun {
  readonly begunAt: number;
  readonly record: RunRecord;
  readonly facts?: Facts;
}

/** Shows many runs while they go on, in few lines: redrawn ones on a terminal, elsewhere one for each start and end. */
export class BackfillView {
  readonly #total: number;
  readonly #log: Log;
  readonly #lines: RedrawnLines | undefined;
  readonly #active = new Map<string, ActiveRun>();
  readonly #ends: RunEnd[] = [];
  readonly #begunAt = performance.now();
  #lastEndAt = this.#begunAt;

  /** @param out where lines can be redrawn, if they can */
  constructor(total: number, log: Log, out: Terminal | undefined) {
    this.#total = total;
    this.#log = log;
    this.#lines = out && new RedrawnLines(out, (now) => this.#linesAt(now));
  }

  /** The log of a run, and what shows its turns. */
  begin(record: RunRecord): { readonly log: Log; readonly onTurn: OnTurn } {
    const { timestamp } = record;
    const begunAt = performance.now();
    const log = mappedLog(this.#log, (message) => `${timestamp} ${message}`);
    const events = new EventLines(log, 'trouble');
    events.skip(record);
    this.#active.set(timestamp, { begunAt, record });
    if (!this.#lines) log.info('runs');
    const onTurn: OnTurn = (latest, facts) => {
      this.#active.set(timestamp, { begunAt, record: latest, facts });
      // on a terminal the lines show how far it has come
      events.show(latest, this.#lines ? undefined : facts);
      this.#lines?.draw();
    };
    return { log, onTurn };
  }

  end({ timestamp }: Run, end: RunEnd): RunEnd {
    const took = this.#active.get(timestamp);
    this.#active.delete(timestamp);
    this.#ends.push(end);
    this.#lastEndAt = performance.now();
    const after = took ? ` after ${durationText(secondsSince(took.begunAt))}` : '';
    if (this.#lines) this.#lines.draw();
    else this.#log.info(`${timestamp} ${words[end]}${after}; ${this.#countsText()}`);
    return end;
  }

  interrupt(): void {
    this.#lines?.interrupt();
  }

  /** No line is left: the summary follows, or why it was stopped. */
  close(): void {
    this.#lines?.erase();
  }

  #linesAt(now: Date): string[] {
    const active = [...this.#active]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([timestamp, { record, facts }]) => currentTaskLine(timestamp, record, facts, now));
    return [...active, `  ${this.#countsText()}`];
  }

  #countsText(): string {
    const [total, ended, running] = [this.#total, this.#ends.length, this.#active.size];
    const seconds = (this.#lastEndAt - this.#begunAt) / 1000;
    const left = timeLeftText({ done: ended, total, unit: 'runs' }, seconds);
    return `${endsText(this.#ends, total)}${also(running, 'running')}${also(total - ended - running, 'waiting')}${left}`;
  }
}

/** As `12 of 36 done, 1 failed`. */
export function endsText(ends: readonly RunEnd[], total: number): string {
  const count = (wanted: RunEnd) => ends.filter((end) => end === wanted).length;
  const others = [
    also(count('failed'), 'failed'),
    also(count('held'), 'led elsewhere'),
    also(count('not-ready'), 'not ready'),
  ];
  return `${count('success')} of ${total} done${others.join('')}`;
}

function also(count: number, what: string): string {
  return count > 0 ? `, ${count} ${what}` : '';
}

function secondsSince(moment: number): number {
  return (performance.now() - moment) / 1000;
}
