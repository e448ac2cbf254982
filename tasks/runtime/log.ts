import { styleText } from 'node:util';
import { z } from 'zod';
import { printable, printableLine } from './printable.ts';
import { foldedFor } from './wrap.ts';

const levels = ['INFO', 'WARNING', 'ERROR'] as const;
export type Level = (typeof levels)[number];
export type Fields = Readonly<Record<string, unknown>>;

/** One line an event: for people as text, for a sink as JSON. */
export interface Log {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

export const logLineSchema = z.looseObject({ time: z.string(), level: z.enum(levels), message: z.string() });
export type LogLine = Readonly<z.output<typeof logLineSchema>>;

/** A closed pipe (a killed orchestrator, `| head`) must not keep the process from winding down. */
export function surviveClosedPipes(): void {
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
}

/**
 * @param secrets texts that are replaced wherever they would be logged: no other code need be trusted with it
 * @param out where lines go; errors always go to stderr
 */
export function createLog(
  format: 'text' | 'json',
  context: Fields,
  sink: (json: string) => void = () => {},
  secrets: readonly string[] = [],
  out: NodeJS.WriteStream = process.stdout,
): Log {
  const mask = (_: string, value: unknown) => (typeof value === 'string' ? withoutSecrets(value, secrets) : value);
  const write = (level: Level, message: string, fields: Fields = {}) => {
    const unmasked: LogLine = { time: new Date().toISOString(), level, ...context, message, ...fields };
    const json = `${JSON.stringify(unmasked, mask)}\n`;
    const line: LogLine = secrets.length > 0 ? JSON.parse(json) : unmasked;
    sink(json);
    const stream = level === 'ERROR' ? process.stderr : out;
    stream.write(format === 'json' ? json : `${textOf(line, Object.keys(context), stream)}\n`);
  };
  return {
    info: (message, fields) => write('INFO', message, fields),
    warn: (message, fields) => write('WARNING', message, fields),
    error: (message, fields) => write('ERROR', message, fields),
  };
}

export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
}

const colours = { INFO: 'dim', WARNING: 'yellow', ERROR: 'red' } as const;

/**
 * A log line as a person reads it. Objects and what every line repeats are left to the JSON. What it quotes (a loan's id, a
 * server's word) neither begins a line nor reaches the terminal as a code: it could pass for another line of the log.
 */
export function textOf(
  line: LogLine,
  repeated: readonly string[],
  stream: NodeJS.WriteStream = process.stdout,
): string {
  const { time, level, message, ...fields } = line;
  const shown = Object.entries(fields)
    .filter(([name, value]) => !repeated.includes(name) && typeof value !== 'object')
    .map(([name, value]) => printableLine(`${name}=${value}`));
  const head = styleText(colours[level], printableLine(`${time.slice(11, 19)} ${level}`), { stream });
  return foldedFor(stream, [head, printable(message).replaceAll('\n', '\n  '), ...shown].join(' '));
}

/** For the JSON log: what caused what, without stack traces but for bugs. */
export function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  for (let cause = error; cause instanceof Error && causes.length < 10; cause = cause.cause) {
    causes.push(`${cause.name}: ${cause.message}`);
  }
  return causes;
}
