import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unlessAbsent } from '../../tasks/artifacts/stores/directory/directory-errors.ts';

/** What a running server says of itself in its data directory. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly isReady: boolean;
}

/** Undefined when there is none, or when the one that wrote the file was killed. */
export async function findPostmaster(directory: string): Promise<Postmaster | undefined> {
  const content = await unlessAbsent(readFile(fileOf(directory), 'utf8'));
  if (content === undefined) return undefined;
  const [pid, , , port, , , , status = ''] = content.split('\n');
  const postmaster = { pid: Number(pid), port: Number(port), isReady: status.startsWith('ready') };
  return isAlive(postmaster.pid) ? postmaster : undefined;
}

/**
 * Removes the file of a server that was killed, and whose number another process of this user has got since: PostgreSQL
 * would take that one for the server, and never start.
 */
export async function disownPostmaster(directory: string, pid: number): Promise<void> {
  const postmaster = await findPostmaster(directory);
  if (postmaster?.isReady && postmaster.pid === pid) await rm(fileOf(directory));
}

function fileOf(directory: string): string {
  return join(directory, 'postmaster.pid');
}

/** Another user's process is not ours: since our server died, its number has been given away. */
export function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}

/**
 * Asks every 10 ms until the answer is yes. Returns whether it was; the last question is asked when the time is over,
 * since an old answer says nothing when this process was held up after it.
 */
export async function until(question: () => boolean | Promise<boolean>, seconds: number): Promise<boolean> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const isLast = performance.now() >= end;
    if (await question()) return true;
    if (isLast) return false;
    await sleep(10);
  }
}
