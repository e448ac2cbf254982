import { randomUUID } from 'node:crypto';
import { type BigIntStats, statSync, utimesSync } from 'node:fs';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Body } from '../object-store.ts';
import { directoryError, unlessAbsent } from './directory-errors.ts';

const DRAFT = '.draft';
const ABANDONED_AFTER_MS = 24 * 3600 * 1000;

export function newDraftPath(folder: string): string {
  return join(folder, randomUUID() + DRAFT);
}

/** Writes and flushes the file. The file system's errors are translated; the body's own pass as they are. */
export async function writeDraft(path: string, body: Body, url: string): Promise<void> {
  const translated = <T>(writing: Promise<T>) =>
    writing.catch((error: unknown) => Promise.reject(directoryError(error, url)));
  const file = await translated(open(path, 'wx'));
  try {
    for await (const chunk of body instanceof Uint8Array ? [body] : body) await translated(file.appendFile(chunk));
    await translated(file.sync());
  } finally {
    await file.close();
  }
}

/**
 * Makes sure that the draft's etag is new for its object. A clock may be set back and ticks in milliseconds, and inodes
 * are used again: unless each mtime is later than the one it replaces, an etag could come back.
 */
export function stampAfter(standing: BigIntStats | undefined, draft: string): BigIntStats {
  const stats = statSync(draft, { bigint: true });
  if (!standing || stats.mtimeNs > standing.mtimeNs) return stats;
  const laterSeconds = Number(standing.mtimeNs / 1000n + 2n) / 1e6;
  utimesSync(draft, laterSeconds, laterSeconds);
  return statSync(draft, { bigint: true });
}

/** A rename survives a power cut once its folder is flushed, and a new folder once its parent is. */
export async function flushFolders(folder: string, upTo: string): Promise<void> {
  const handle = await open(folder);
  await handle.sync().finally(() => handle.close());
  if (folder !== upTo) await flushFolders(dirname(folder), upTo);
}

/** What killed writers left; a living one's draft is younger. */
export async function removeAbandonedDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const stats = name.endsWith(DRAFT) ? await unlessAbsent(stat(path)) : undefined;
    if (stats && Date.now() - stats.mtimeMs > ABANDONED_AFTER_MS) await rm(path, { force: true });
  }
}
