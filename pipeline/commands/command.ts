import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { messageOf } from '../../tasks/artifacts/message-of.ts';
import type { Environment } from '../../tasks/runtime/environment.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { foldedFor } from '../../tasks/runtime/wrap.ts';
import type { Surroundings } from './wiring.ts';

/** One of the words after `pipeline`. */
export interface Command {
  /** Its name, operands and options, as `--help` shows them. */
  readonly usage: string;
  readonly summary: string;
  readonly details?: string;
  readonly example: string;
  /** What an earlier `npm start` here serves it with, where nothing else is configured. */
  readonly needs: 'nothing' | 'store' | 'database';
  /** The exit code. */
  execute(args: readonly string[], context: CommandContext): Promise<number>;
}

export interface CommandContext {
  readonly environment: Environment;
  /** Aborted on SIGTERM and Ctrl-C. */
  readonly signal: AbortSignal;
  readonly surroundings: Surroundings;
}

/**
 * The options and operands of a command.
 * @throws UsageError for an option it does not have, or too few or too many operands
 */
export function parseCommandLine<Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
  operandNames: readonly string[] = [],
  required = operandNames.length,
) {
  const { values, positionals } = parse(args, options);
  const missing = operandNames.slice(positionals.length, required);
  if (missing.length > 0) throw new UsageError([`expected ${missing.join(' and ')} (see --help)`]);
  const excess = positionals.slice(operandNames.length);
  if (excess.length > 0) throw new UsageError([`expected nothing more, found "${excess.join(' ')}" (see --help)`]);
  return { values, operands: positionals };
}

function parse<Options extends ParseArgsOptionsConfig>(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    // Node goes on to explain how an operand could begin with a dash
    const said = messageOf(error)
      .replace(/\. To specify a positional.*$/s, '')
      .replace(
        /^Option '(\S+)' argument is ambiguous.*$/s,
        '$1 needs a value; one that begins with a dash is given as $1=-…',
      );
    throw new UsageError([`${said} (see --help)`]);
  }
}

/** What a command has to say, to people: on a terminal its lines are broken between words. */
export function print(text: string, stream: NodeJS.WriteStream = process.stdout): void {
  stream.write(`${foldedFor(stream, text)}\n`);
}

/** A whole number given as an option. */
export function wholeNumberOption(name: string, text: string, min: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= min && /^\d+$/.test(text)) return value;
  throw new UsageError([`--${name} must be a whole number, ${min} or more; found "${text}"`]);
}
