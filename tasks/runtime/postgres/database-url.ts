import type { Environment } from '../environment.ts';
import { UsageError } from '../errors.ts';

export interface DatabaseSettings {
  readonly DATABASE_URL?: string | undefined;
  readonly POSTGRES_DATABASE?: string | undefined;
  readonly PGDATABASE?: string | undefined;
  readonly DATABASE_SILENCE_SECONDS?: number | undefined;
}

const defaultDatabase = 'credit_db';
const tlsModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'];
const certificates = [
  ['sslrootcert', 'PGSSLROOTCERT'],
  ['sslcert', 'PGSSLCERT'],
  ['sslkey', 'PGSSLKEY'],
] as const;

/**
 * What `pg` is to connect with: the database's name and the TLS settings, with the meaning that libpq gives to them
 * (left alone, `pg` reads `require` as `verify-full` and knows no PGSSLROOTCERT). Host, port, user and password it
 * takes from PGHOST and the like by itself, where the URL has none.
 * @throws UsageError for a TLS mode that `pg` does not have
 */
export function databaseUrl(settings: DatabaseSettings, environment: Environment): string {
  const url = new URL(settings.DATABASE_URL ?? 'postgresql:///');
  if (url.pathname.length <= 1) {
    url.pathname = encodeURIComponent(settings.POSTGRES_DATABASE ?? settings.PGDATABASE ?? defaultDatabase);
  }
  const { searchParams } = url;
  const mode = searchParams.get('sslmode') ?? (searchParams.has('ssl') ? undefined : environment.PGSSLMODE);
  if (!mode) return url.href;

  if (!tlsModes.includes(mode)) {
    throw new UsageError([`PGSSLMODE (or sslmode in DATABASE_URL) must be one of ${tlsModes}, found "${mode}"`]);
  }
  searchParams.set('sslmode', mode);
  searchParams.set('uselibpqcompat', 'true');
  for (const [parameter, variable] of certificates) {
    const path = environment[variable];
    if (path && !searchParams.has(parameter)) searchParams.set(parameter, path);
  }
  return url.href;
}
