import { dataInterval, type Run, type Schedule } from '../artifacts/run-dates.ts';

/** What a query may ask for, under the names it has there, as `:logical_date`. */
export interface RunDates {
  readonly logical_date: Date;
  readonly data_interval_start: Date;
  readonly data_interval_end: Date;
}

export function runDates(schedule: Schedule, run: Pick<Run, 'logicalDate'>): RunDates {
  const { start, end } = dataInterval(schedule, run);
  return { logical_date: run.logicalDate, data_interval_start: start, data_interval_end: end };
}

/** What is text to PostgreSQL, where nothing is replaced: comments, quoted texts and names, dollar quotes; and casts. */
const passages =
  /--[^\n]*|[eE]'(?:[^'\\]|\\.|'')*'|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$\w*\$)[\s\S]*?\1|::/;
const placeholder = /:(logical_date|data_interval_start|data_interval_end)\b/;
const passageOrDate = new RegExp(`${passages.source}|${placeholder.source}`, 'g');

/** The query with the dates of the run, each as a quoted text, and without a semicolon at its end. */
export function withDates(query: string, dates: RunDates): string {
  const values: ReadonlyMap<string | undefined, Date> = new Map(Object.entries(dates));
  return query
    .replace(/[\s;]+$/, '')
    .replaceAll(passageOrDate, (found: string, _quote: string | undefined, name: string | undefined) => {
      const date = values.get(name);
      return date ? quotedText(date.toISOString().replace('.000Z', '+00:00')) : found;
    });
}

/** A text for use in SQL, where backslashes mean nothing (standard_conforming_strings). */
export function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
