import { z } from 'zod';
import { UsageError } from './errors.ts';
import { isSecret } from './setting-facts.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A whole number within [min, max], both included. */
export function wholeNumber(min: number, max: number) {
  const expected = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, expected)
    .transform(Number)
    .refine((value) => value >= min && value <= max, expected);
}

/** A number within (min, max), neither included. */
export function numberBetween(min: number, max: number) {
  const expected = `must be a number between ${min} and ${max}`;
  return z
    .string()
    .regex(/^\d*\.?\d+$/, expected)
    .transform(Number)
    .refine((value) => value > min && value < max, expected);
}

/** A number that is 0 or more. */
export function amount() {
  return z
    .string()
    .regex(/^(\d{1,9}\.)?\d{1,9}$/, 'must be a number, 0 or more, of at most 9 digits before and after the point')
    .transform(Number);
}

export function yesOrNo() {
  return z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true');
}

/**
 * The settings found in the environment; an empty value counts as unset.
 * @throws UsageError with every fault, also for a name that is one letter away from a setting's
 */
export function readSettings<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: Environment,
): z.output<z.ZodObject<Shape>> {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(given);
  const faults = misspelt(Object.keys(given), Object.keys(schema.shape));
  if (parsed.success && faults.length === 0) return parsed.data;
  throw new UsageError([
    ...faults,
    ...(parsed.error?.issues ?? []).map((issue) => faultOf(issue, schema.shape, given)),
  ]);
}

function faultOf(issue: z.core.$ZodIssue, shape: z.ZodRawShape, given: Record<string, string | undefined>): string {
  const name = String(issue.path[0] ?? '');
  const isComplete = isSecret(shape[name]) || (issue.code === 'custom' && issue.params?.isComplete);
  const found = isComplete || given[name] === undefined ? '' : `, found "${given[name] ?? ''}"`;
  return `${name} ${issue.message}${found}`;
}

function misspelt(given: readonly string[], known: readonly string[]): string[] {
  // a single word may well be another program's
  const ours = known.filter((name) => (name.length >= 7 && name.includes('_')) || name.startsWith('PG'));
  return given
    .filter((name) => !known.includes(name))
    .flatMap((name) => {
      const meant = ours.find((setting) => isOneLetterAway(name, setting));
      return meant ? [`${name} is not a setting: did you mean ${meant}?`] : [];
    });
}

/** True when one inserted, missing or replaced letter, or two that changed places, make the one of the other. */
function isOneLetterAway(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  const shorter = Math.min(a.length, b.length);
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const differing = Math.max(a.length, b.length) - start - end;
  const areSwapped = a.length === b.length && a[start] === b[start + 1] && a[start + 1] === b[start];
  return a !== b && (differing <= 1 || (differing === 2 && areSwapped));
}
