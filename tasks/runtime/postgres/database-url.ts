import type { Environment } from '../environment.ts';
import { UsageError } from '../errors.ts';

export interface DatabaseSettings {
  readonly DATABASE_URL?: string | undefined;
  readonly POSTGRES_DATABASE?: string | undefined;
  readonly PGDATABASE?: string | undefined;
  readonly DATABASE_SILENCE_SECONDS?: number | undefined;
}

const defaultDatabase = 'credit_db';
/** What is tried one after the other. */
const tlsModes: ReadonlyMap<string, readonly string[]> = new Map([
  ['disable', ['disable']],
  ['allow', ['disable', 'prefer']],
  ['prefer', ['prefer', 'disable']],
  ['require', ['require']],
  ['verify-ca', ['verify-ca']],
  ['verify-full', ['verify-full']],
]);
const certificates = [
  ['sslrootcert', 'PGSSLROOTCERT'],
  ['sslcert', 'PGSSLCERT'],
  ['sslkey', 'PGSSLKEY'],
] as const;

/**
 * What `pg` is to connect with, for each host in turn one URL for each way to try it: the database's name and the TLS
 * settings, with the meaning that libpq gives to them (left alone, `pg` reads `require` as `verify-full`, knows no
 * PGSSLROOTCERT, one host only, and does not fall back). Host, port, user and password it takes from PGHOST and the like
 * by itself, where the URL has none.
 * @throws UsageError for a TLS mode that libpq does not have
 */
export function databaseUrls(settings: DatabaseSettings, environment: Environment): string[][] {
  return hostUrls(settings.DATABASE_URL ?? 'postgresql:///').map((url) => {
    if (url.pathname.length <= 1) {
      url.pathname = encodeURIComponent(settings.POSTGRES_DATABASE ?? settings.PGDATABASE ?? defaultDatabase);
    }
    const { searchParams } = url;
    const mode = searchParams.get('sslmode') ?? (searchParams.has('ssl') ? undefined : environment.PGSSLMODE);
    return mode ? modesOf(mode).map((tried) => withTls(url, tried, environment)) : [url.href];
  });
}

/** Whether it is a URL as `postgresql://user:password@host:5432/database`; hosts may be several. */
export function isPostgresUrl(text: string): boolean {
  try {
    return hostUrls(text).length > 0;
  } catch {
    return false;
  }
}

/** One URL for each of the hosts, which libpq reads from the place of the host or from parameters, with their ports. */
function hostUrls(text: string): URL[] {
  const parts = /^(postgres(?:ql)?:\/\/)([^/?#]*@)?([^/?#]*)(.*)$/s.exec(text);
  if (!parts) throw new TypeError('no PostgreSQL URL');
  const [, scheme = '', credentials = '', authority = '', rest = ''] = parts;
  return authority.split(',').flatMap((host) => {
    const url = host ? new URL(`${scheme}${credentials}${host}${rest}`) : withoutHost(`${scheme}${rest}`, credentials);
    const hosts = url.searchParams.get('host')?.split(',') ?? [];
    const ports = url.searchParams.get('port')?.split(',') ?? [];
    return hosts.length > 1 ? hosts.map((name, at) => withHost(url, name, ports[at] ?? ports[0])) : [url];
  });
}

/** A URL without a host can hold user and password only as parameters. */
function withoutHost(text: string, credentials: string): URL {
  const url = new URL(text);
  const [, user, password] = /^([^:]*):?(.*)@$/s.exec(credentials) ?? [];
  if (user) url.searchParams.set('user', decodeURIComponent(user));
  if (password) url.searchParams.set('password', decodeURIComponent(password));
  return url;
}

function withHost(url: URL, host: string, port: string | undefined): URL {
  const copy = new URL(url);
  copy.searchParams.set('host', host);
  if (port !== undefined) copy.searchParams.set('port', port);
  return copy;
}

function modesOf(mode: string): readonly string[] {
  const modes = tlsModes.get(mode);
  if (modes) return modes;
  const expected = [...tlsModes.keys()].join(', ');
  throw new UsageError([`PGSSLMODE (or sslmode in DATABASE_URL) must be one of ${expected}, found "${mode}"`]);
}

function withTls(given: URL, mode: string, environment: Environment): string {
  const url = new URL(given);
  url.searchParams.set('sslmode', mode);
  url.searchParams.set('uselibpqcompat', 'true');
  for (const [parameter, variable] of certificates) {
    const path = environment[variable];
    if (path && !url.searchParams.has(parameter)) url.searchParams.set(parameter, path);
  }
  return url.href;
}
