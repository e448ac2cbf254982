import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseUnavailable } from '../../tasks/runtime/errors.ts';
import { serverEnvironment } from './postgres-cluster.ts';
import type { PostgresInstallation } from './postgres-installation.ts';
import { findPostmaster, isAlive, until } from './postmaster-file.ts';

const firstPort = 20_000;
const ports = 10_000;

/** A server that was killed first repeats what it had not yet saved. */
const startSeconds = 60;

const launchSeconds = 5;

/**
 * Starts a server of the cluster, and waits until it, or one that was faster, is up. Tried again for 5 s, as the
 * processes of a killed server hold on to its memory until they have noticed.
 */
export async function launchServer(installation: PostgresInstallation): Promise<void> {
  const { directory } = installation;
  const isUp = async () => (await launch(installation)) || (await findPostmaster(directory)) !== undefined;
  if (await until(isUp, launchSeconds)) return;
  throw new DatabaseUnavailable(`PostgreSQL does not start: ${await lastError(directory)}, see ${logFile(directory)}`);
}

async function launch({ binaries, directory, account }: PostgresInstallation): Promise<boolean> {
  const port = await freePort(directory);
  const output = await open(logFile(directory), 'a');
  // in a session of its own: Ctrl-C goes to every process of the terminal's, and would end it before its users
  const server = spawn(join(binaries, 'postgres'), ['-D', directory, '-p', String(port)], {
    ...account,
    env: serverEnvironment,
    cwd: '/',
    detached: true,
    stdio: ['ignore', output.fd, output.fd],
  });
  await once(server, 'spawn').finally(() => output.close());
  server.unref();
  const isReady = async () => (await findPostmaster(directory))?.isReady ?? false;
  await until(async () => hasEnded(server) || (await isReady()), startSeconds);
  return !hasEnded(server);
}

/** Ends every session, saves everything, and waits until the process is gone. */
export async function shutDownServer(directory: string, pid: number): Promise<void> {
  process.kill(pid, 'SIGINT');
  const hasLeft = async () => (await findPostmaster(directory))?.pid !== pid;
  if (!(await until(hasLeft, 60)))
    throw new DatabaseUnavailable(`the PostgreSQL server ${pid} does not stop: see ${logFile(directory)}`);
  // its file goes a moment before itself; the wait has a limit because without an init an adopted process is never reaped
  await until(() => !isAlive(pid), 1);
}

async function lastError(directory: string): Promise<string> {
  const log = await readFile(logFile(directory), 'utf8');
  const words = log.split('\n').filter((line) => /FATAL|PANIC|DETAIL|shared librar/.test(line));
  return words.slice(-2).join('; ');
}

function logFile(directory: string): string {
  return join(directory, 'server.log');
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** A cluster keeps its port from start to start, unless it is taken. Outgoing connections use none below 32768. */
async function freePort(directory: string): Promise<number> {
  const hash = createHash('sha256').update(directory).digest().readUInt32BE();
  for (let i = 0; i < ports; i++) {
    const port = firstPort + ((hash + i) % ports);
    if (await isFree(port)) return port;
  }
  throw new DatabaseUnavailable(`no port from ${firstPort} to ${firstPort + ports - 1} is free for PostgreSQL`);
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  try {
    await once(probe.listen(port, '127.0.0.1'), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    probe.close();
  }
}
