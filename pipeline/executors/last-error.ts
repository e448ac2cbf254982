import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import { parseJson } from '../../tasks/artifacts/parse-json.ts';
import { printableLine } from '../../tasks/runtime/printable.ts';

const errorSchema = z.object({ level: z.literal('ERROR'), message: z.string() });

/** Of a task's output: the last error that it logged, else the last line that it wrote. */
export function lastError(output: string): string | undefined {
  const lines = stripVTControlCharacters(output).trim().split('\n');
  return lines.flatMap(loggedError).at(-1) ?? (printableLine(lines.at(-1) ?? '') || undefined);
}

function loggedError(line: string): string[] {
  const { data } = errorSchema.safeParse(parseJson(line));
  return data ? [printableLine(data.message)] : [];
}
