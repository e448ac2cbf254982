import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AccessRefused, StoreFull, StoreUnavailable } from '../store-errors.ts';

const PATIENCE_SECONDS = 10;
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;

/**
 * Runs `act` while no other process is inside the same folder's lock. An empty SQLite database stands in for flock,
 * which Node lacks: the lock is the operating system's, so it goes with its holder, also on SIGKILL. Inside one process
 * there is no wait, as `act` is synchronous.
 * @throws StoreUnavailable when the lock stays held (by a stopped process)
 */
export function withDirectoryLock<T>(folder: string, act: () => T): T {
  const lock = acquire(join(folder, 'lock'));
  try {
    return act();
  } finally {
    lock.close();
  }
}

function acquire(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: PATIENCE_SECONDS * 1000 });
    database.exec('BEGIN IMMEDIATE');
    return database;
  } catch (error) {
    database?.close();
    throw lockError(error, path);
  }
}

function lockError(error: unknown, path: string): unknown {
  if (!(error instanceof Error && 'errcode' in error)) return error;
  // the lowest byte is the error, the others say more of it
  switch (Number(error.errcode) & 0xff) {
    case SQLITE_BUSY:
      return new StoreUnavailable(`another process has held ${path} for ${PATIENCE_SECONDS} s: end it`);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return new AccessRefused(`this user may not write ${path} (${error.message})`, { cause: error });
    case SQLITE_FULL:
      return new StoreFull(`the disk of ${path} is full (${error.message}): free some space`, { cause: error });
    default:
      return new StoreUnavailable(`${path} cannot be locked (${error.message})`, { cause: error });
  }
}
