import { NotReady, UsageError } from '../runtime/errors.ts';
import type { Database } from '../runtime/postgres/database.ts';
import { type RunDates, withDates } from './query-dates.ts';
import { queryError } from './query-error.ts';

/**
 * Asks whether the loans are complete, by a SELECT of one boolean in which the dates of the run may stand.
 * @throws NotReady unless it gives true
 * @throws UsageError when it gives anything but one boolean, BadData when it cannot be run
 */
export async function requireReady(database: Database, query: string, dates: RunDates): Promise<void> {
  const statement = withDates(query, dates);
  const [value, ...others] = await ask(database, statement).catch((error) => {
    throw queryError(error, 'READY_QUERY');
  });
  if (others.length > 0 || ![true, false, null, undefined].some((expected) => expected === value))
    throw new UsageError(['READY_QUERY must give one boolean']);
  if (value !== true) throw new NotReady('the loans are not ready: READY_QUERY does not give true');
}

async function ask(database: Database, statement: string): Promise<unknown[]> {
  await database.query('BEGIN READ ONLY');
  await database.prepare(`PREPARE ready AS ${statement}`);
  const { rows } = await database.query<Record<string, unknown>>(`SELECT * FROM (\n${statement}\n) ready LIMIT 2`);
  await database.query('ROLLBACK');
  return rows.flatMap((row) => Object.values(row));
}
