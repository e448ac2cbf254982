import { styleText } from 'node:util';

export type Level = 'INFO' | 'WARNING' | 'ERROR';
export type Fields = Readonly<Record<string, unknown>>;

/** One line an event: text for people on stdout (errors on stderr), JSON into the sinks. */
export interface Log {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

export interface LogLine extends Fields {
  readonly time: string;
  readonly level: Level;
  readonly message: string;
}

/** A reader of our output that is gone (a killed orchestrator, `| head`) must not keep us from winding down. */
export function surviveClosedPipes(): void {
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
}

export function createLog(format: 'text' | 'json', context: Fields, sink: (json: string) => void = () => {}): Log {
  const write = (level: Level, message: string, fields: Fields = {}) => {
    const line: LogLine = { time: new Date().toISOString(), level, ...context, message, ...fields };
    const json = `${JSON.stringify(line)}\n`;
    sink(json);
    const stream = level === 'ERROR' ? process.stderr : process.stdout;
    stream.write(format === 'json' ? json : `${textOf(line, Object.keys(context), stream)}\n`);
  };
  return {
    info: (message, fields) => write('INFO', message, fields),
    warn: (message, fields) => write('WARNING', message, fields),
    error: (message, fields) => write('ERROR', message, fields),
  };
}

const colours = { INFO: 'dim', WARNING: 'yellow', ERROR: 'red' } as const;

/** A log line as a person reads it. Objects and what every line repeats are left to the JSON. */
export function textOf(
  line: LogLine,
  repeated: readonly string[],
  stream: NodeJS.WriteStream = process.stdout,
): string {
  const { time, level, message, ...fields } = line;
  const shown = Object.entries(fields)
    .filter(([name, value]) => !repeated.includes(name) && typeof value !== 'object')
    .map(([name, value]) => `${name}=${value}`);
  const head = styleText(colours[level], `${time.slice(11, 19)} ${level}`, { stream });
  return [head, message, ...shown].join(' ');
}

/** For the JSON log: what caused what, without stack traces but for bugs. */
export function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  for (let cause = error; cause instanceof Error && causes.length < 10; cause = cause.cause) {
    causes.push(`${cause.name}: ${cause.message}`);
  }
  return causes;
}
