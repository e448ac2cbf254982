import { Client } from 'pg';
import { errorCode } from '../../tasks/artifacts/stores/directory/directory-errors.ts';
import { DatabaseRefused, DatabaseUnavailable } from '../../tasks/runtime/errors.ts';
import { databaseError } from '../../tasks/runtime/postgres/database-error.ts';

/**
 * An advisory lock within the server. Every user of the server holds it shared for as long; who gets it alone is the
 * last one, and keeps others from joining while the server stops. It goes with its holder's session, so also on SIGKILL.
 */
const usersLock = 7_305_818;

const attempts = {
  shared: `SELECT pg_try_advisory_lock_shared(${usersLock}) AS taken`,
  alone: `SELECT pg_try_advisory_lock(${usersLock}) AS taken`,
} as const;

/** A session that holds the lock; or why there is none: others hold it, the server is starting or stopping, or is not ours. */
export async function takeUsersLock(
  url: string,
  way: keyof typeof attempts,
): Promise<Client | 'held' | 'busy' | 'absent'> {
  const session = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // the server may end before its users; unheard, that would end the process
  session.on('error', () => {});
  try {
    await session.connect();
    const { rows } = await session.query<{ taken: boolean }>(attempts[way]);
    if (rows[0]?.taken) return session;
    await session.end();
    return 'held';
  } catch (error) {
    session.connection.stream.destroy();
    return whyNot(error, `${session.host}:${session.port}`);
  }
}

/** Only our own server accepts the cluster's random password. */
function whyNot(error: unknown, address: string): 'busy' | 'absent' {
  const known = databaseError(error, address);
  if (errorCode(error) === 'ECONNREFUSED' || known instanceof DatabaseRefused) return 'absent';
  if (known instanceof DatabaseUnavailable) return 'busy';
  throw known;
}
