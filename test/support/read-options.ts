import { parseArgs } from 'node:util';
import type { z } from 'zod';
import { readSettings } from '../../tasks/runtime/environment.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';

/**
 * The command line of a script; the schema's keys are options as they are typed (`--rows`), each with a value.
 * @throws UsageError with every fault
 */
export function readOptions<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>) {
  const names = Object.keys(schema.shape).map((option) => option.replace(/^--/, ''));
  const { values, positionals } = parse(names);
  const given = Object.entries(values).map(([name, value]) => [`--${name}`, String(value)] as const);
  return { positionals, options: readSettings(schema, Object.fromEntries(given)) };
}

function parse(names: readonly string[]) {
  try {
    const options = Object.fromEntries(names.map((name) => [name, { type: 'string' } as const]));
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    throw new UsageError([error instanceof Error ? error.message : String(error)]);
  }
}
