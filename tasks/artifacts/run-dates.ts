const dayMs = 24 * 60 * 60 * 1000;

/**
 * The grid of data intervals: the first starts at `startDate`, each lasts `everyDays`. A run is named by the start of its
 * interval (its logical date) and is due once the interval has ended.
 */
export interface Schedule {
  readonly startDate: Date;
  readonly everyDays: number;
}

export interface Run {
  readonly logicalDate: Date;
  /** `YYYYMMDDTHHMMSS`, UTC: the identity of the run, in every key. */
  readonly timestamp: string;
  /** As Airflow writes it: `scheduled__2024-01-01T00:00:00+00:00`. */
  readonly runId: string;
}

/** From `start` up to but not including `end`. */
export interface DataInterval {
  readonly start: Date;
  readonly end: Date;
}

export class InvalidLogicalDate extends Error {
  override readonly name = 'InvalidLogicalDate';
}

/** The run of the latest interval that has ended, or undefined before the first one ends. */
export function dueRun(schedule: Schedule, now: Date): Run | undefined {
  const ended = endedIntervals(schedule, now);
  return ended < 1 ? undefined : toRun(schedule, intervalStart(schedule, ended - 1));
}

/** When the run after the latest due one becomes due. */
export function nextDueAt(schedule: Schedule, now: Date): Date {
  return intervalStart(schedule, Math.max(0, endedIntervals(schedule, now)) + 1);
}

/** That of a run on the grid begins with its logical date; that of any other run, which looks back, ends there. */
export function dataInterval(schedule: Schedule, { logicalDate }: Pick<Run, 'logicalDate'>): DataInterval {
  const isScheduled = isOnGrid(schedule, logicalDate);
  const start = isScheduled ? logicalDate : new Date(logicalDate.getTime() - schedule.everyDays * dayMs);
  return { start, end: new Date(start.getTime() + schedule.everyDays * dayMs) };
}

/** Up to when a run of this timestamp looks at the data: the end of its interval. */
export function dataEnd(schedule: Schedule, timestamp: string): Date {
  return dataInterval(schedule, { logicalDate: parseLogicalDate(timestamp) }).end;
}

/** A manual run, dated now; a second earlier where now is the very start of an interval. */
export function manualRun(schedule: Schedule, now: Date): Run {
  const second = new Date(Math.floor(now.getTime() / 1000) * 1000);
  return toRun(schedule, isOnGrid(schedule, second) ? new Date(second.getTime() - 1000) : second);
}

/**
 * The run of a logical date given as text: `2024-01-11`, `2024-01-11T00:00:00Z`, `20240111T000000`, or a run id.
 * @throws InvalidLogicalDate when it cannot be read, lies before the start or in the future, or its interval is still running
 */
export function runOf(schedule: Schedule, text: string, now: Date): Run {
  const { startDate } = schedule;
  const date = parseLogicalDate(text);
  if (date < startDate)
    throw new InvalidLogicalDate(`logical date ${text} is before the start date, ${iso(startDate)}`);
  if (date > now) throw new InvalidLogicalDate(`logical date ${text} is in the future (now is ${iso(now)})`);
  const end = new Date(date.getTime() + schedule.everyDays * dayMs);
  if (isOnGrid(schedule, date) && end > now) {
    throw new InvalidLogicalDate(`the data interval that starts on ${text} is still running: it is due at ${iso(end)}`);
  }
  return toRun(schedule, date);
}

/** The runs of a range of dates, and whether others of it are not due yet. */
export interface RunRange {
  readonly runs: readonly Run[];
  readonly isCut: boolean;
}

/**
 * The runs of the grid whose logical dates lie between two dates, both included, oldest first, as far as they are due.
 * @throws InvalidLogicalDate when a date cannot be read, or no run that is due lies between them
 */
export function runsBetween(schedule: Schedule, from: string, to: string, now: Date): RunRange {
  const [first, last] = [parseLogicalDate(from), parseLogicalDate(to)];
  if (first > last) throw new InvalidLogicalDate(`the range ends before it begins: ${from} is after ${to}`);
  const due = endedIntervals(schedule, now);
  if (due < 1) throw new InvalidLogicalDate(`no run is due yet: the first is at ${iso(nextDueAt(schedule, now))}`);
  const runs: Run[] = [];
  for (let number = 0; number < due; number++) {
    const start = intervalStart(schedule, number);
    if (start >= first && start <= last) runs.push(toRun(schedule, start));
  }
  if (runs.length > 0) return { runs, isCut: last >= intervalStart(schedule, due) };
  const [oldest, latest] = [intervalStart(schedule, 0), intervalStart(schedule, due - 1)];
  throw new InvalidLogicalDate(
    `no run that is due lies between ${from} and ${to}: there is one every ${schedule.everyDays} days from ${dayOrTime(oldest)} to ${dayOrTime(latest)}`,
  );
}

function endedIntervals({ startDate, everyDays }: Schedule, now: Date): number {
  return Math.floor((now.getTime() - startDate.getTime()) / (everyDays * dayMs));
}

function intervalStart({ startDate, everyDays }: Schedule, number: number): Date {
  return new Date(startDate.getTime() + number * everyDays * dayMs);
}

function toRun(schedule: Schedule, logicalDate: Date): Run {
  const kind = isOnGrid(schedule, logicalDate) ? 'scheduled' : 'manual';
  const seconds = logicalDate.toISOString().slice(0, 19);
  return { logicalDate, timestamp: seconds.replaceAll(/[-:]/g, ''), runId: `${kind}__${seconds}+00:00` };
}

function isOnGrid({ startDate, everyDays }: Schedule, date: Date): boolean {
  return (date.getTime() - startDate.getTime()) % (everyDays * dayMs) === 0;
}

const dateForms = [
  /^(?:scheduled__|manual__)?(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d):(\d\d)(?:\.0+)?(?:Z|\+00:00)?)?$/,
  /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)$/,
];

function parseLogicalDate(text: string): Date {
  for (const form of dateForms) {
    const match = form.exec(text);
    if (!match) continue;
    const [, year, month, day, hour = '00', minute = '00', second = '00'] = match;
    const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    // a day that does not exist (30 February) would silently become another one
    const exists = !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
    if (exists) return date;
  }
  throw new InvalidLogicalDate(
    `"${text}" is not a date: expected for example 2024-01-11, 2024-01-11T00:00:00Z or 20240111T000000 (UTC, whole seconds)`,
  );
}

function dayOrTime(date: Date): string {
  return iso(date).replace('T00:00:00Z', '');
}

function iso(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}
