import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Environment } from '../../tasks/runtime/environment.ts';
import { removeEmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';

/** Where `npm start` keeps everything by default. */
export const defaultData = '.data';

/** Any of these says that other services are meant. */
const configuring = [
  'ARTIFACT_STORE',
  'S3_BUCKET',
  'AWS_ENDPOINT_URL_S3',
  'AWS_ENDPOINT_URL',
  'DATABASE_URL',
  'PGHOST',
  'PGPORT',
  'POSTGRES_DATABASE',
  'PGDATABASE',
  'NAMESPACE',
  'KUBERNETES_SERVICE_HOST',
] as const;

/** Whether the environment names neither store nor database. */
export function isUnconfigured(environment: Environment): boolean {
  return !configuring.some((name) => environment[name]);
}

/** The directory of an earlier `npm start` here. */
export function localData(): string | undefined {
  return existsSync(join(defaultData, 'artifacts')) ? resolve(defaultData) : undefined;
}

export function withLocalStore(environment: Environment, data: string): Environment {
  return { ...environment, S3_BUCKET: undefined, ARTIFACT_STORE: pathToFileURL(join(data, 'artifacts')).href };
}

/** Uses the store and the database in the directory; the database is stopped again. */
export async function withLocalServices<T>(
  environment: Environment,
  data: string,
  log: (message: string) => void,
  use: (environment: Environment) => Promise<T>,
): Promise<T> {
  const postgres = await startEmbeddedPostgres(join(data, 'postgres'), log);
  try {
    return await use({ ...withLocalStore(environment, data), DATABASE_URL: postgres.url });
  } finally {
    await postgres.stop();
  }
}

/** Removes what earlier starts keep there, and nothing else. Returns where it was. */
export async function removeLocalData(data: string): Promise<string[]> {
  const artifacts = join(data, 'artifacts');
  const postgres = await removeEmbeddedPostgres(join(data, 'postgres'));
  await rm(artifacts, { recursive: true, force: true });
  return [artifacts, postgres];
}
