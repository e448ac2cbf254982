import { readFile, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Client } from 'pg';
import { unlessAbsent } from '../../tasks/artifacts/stores/directory/directory-errors.ts';
import { DatabaseUnavailable, UsageError } from '../../tasks/runtime/errors.ts';
import { database, ensureCluster, passwordFile, superuser } from './postgres-cluster.ts';
import { findPostgres, type PostgresInstallation } from './postgres-installation.ts';
import { launchServer, shutDownServer } from './postgres-server.ts';
import { disownPostmaster, findPostmaster, until } from './postmaster-file.ts';
import { takeUsersLock } from './users-lock.ts';

export interface EmbeddedPostgres {
  /** Of the database `credit_db`, with user and password. */
  readonly url: string;
  /** Ends this use of the server. The last user shuts it down, and waits until it is gone. */
  stop(): Promise<void>;
}

type UrlAt = (port: number) => string;

const patienceSeconds = 60;

/** By then the server has noticed that a user was killed. */
const noticeSeconds = 1;

/**
 * A PostgreSQL server that only this machine reaches. Processes that start one on the same directory share it; it
 * outlives a killed one and is found again by the next. `log` gets what may surprise a user.
 * @throws DatabaseUnavailable when it does not start, UsageError when the directory cannot hold its data
 */
export async function startEmbeddedPostgres(
  dataDirectory: string,
  log: (message: string) => void = () => {},
): Promise<EmbeddedPostgres> {
  const installation = await findPostgres(dataDirectory);
  const { directory } = installation;
  if (directory !== resolve(dataDirectory)) log(`PostgreSQL keeps its data in ${directory}`);
  await ensureCluster(installation);

  const urlAt = urlsOf(await readFile(passwordFile(directory), 'utf8'));
  let use = await joinServer(installation, urlAt);
  let isStopping = false;
  let restarting = Promise.resolve();
  const restart = async () => {
    if (isStopping) return;
    log('PostgreSQL has ended: it is started again');
    use = await joinServer(installation, urlAt);
    supervise();
  };
  /** A server that was killed comes back on its port. */
  const supervise = () => {
    use.session.once('end', () => {
      restarting = restarting.then(restart).catch((error: Error) => log(`PostgreSQL is gone: ${error.message}`));
    });
  };
  supervise();
  const stop = async () => {
    isStopping = true;
    await restarting;
    await use.session.end();
    if (!(await stopUnlessUsed(directory, urlAt))) log('PostgreSQL is left running, as it is still in use');
  };
  return { url: use.url, stop };
}

/**
 * Ends the server of a directory and removes its data. Returns where that was.
 * @throws UsageError while others use the server
 */
export async function removeEmbeddedPostgres(dataDirectory: string): Promise<string> {
  const { directory } = await findPostgres(dataDirectory);
  const password = await unlessAbsent(readFile(passwordFile(directory), 'utf8'));
  if (password && !(await stopUnlessUsed(directory, urlsOf(password))))
    throw new UsageError([`the database in ${directory} is in use: end what uses it first`]);
  await rm(directory, { recursive: true, force: true });
  return directory;
}

function urlsOf(password: string): UrlAt {
  return (port) => `postgresql://${superuser}:${password}@127.0.0.1:${port}/${database}`;
}

interface Use {
  readonly url: string;
  readonly session: Client;
}

/** Uses the server that runs, or starts one; waits while one is starting or stopping. */
async function joinServer(installation: PostgresInstallation, urlAt: UrlAt): Promise<Use> {
  const { directory } = installation;
  let use: Use | undefined;
  const hasJoined = async () => {
    const postmaster = await findPostmaster(directory);
    if (!postmaster) await launchServer(installation);
    if (!postmaster?.isReady) return false;
    const url = urlAt(postmaster.port);
    const session = await takeUsersLock(url, 'shared');
    if (session === 'absent') await disownPostmaster(directory, postmaster.pid);
    if (typeof session !== 'string') use = { url, session };
    return use !== undefined;
  };
  await until(hasJoined, patienceSeconds);
  if (use) return use;
  throw new DatabaseUnavailable(`the PostgreSQL server in ${directory} has been busy for ${patienceSeconds} s: end it`);
}

/** False when others use the server. */
async function stopUnlessUsed(directory: string, urlAt: UrlAt): Promise<boolean> {
  const isSettled = async () => {
    const postmaster = await findPostmaster(directory);
    if (!postmaster?.isReady) return true;
    const session = await takeUsersLock(urlAt(postmaster.port), 'alone');
    if (typeof session !== 'string') await shutDownServer(directory, postmaster.pid);
    return session !== 'held' && session !== 'busy';
  };
  return await until(isSettled, noticeSeconds);
}
