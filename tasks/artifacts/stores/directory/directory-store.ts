import { type BigIntStats, mkdirSync, readdirSync, renameSync, rmdirSync, statSync, unlinkSync } from 'node:fs';
import { type FileHandle, mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as port from '../object-store.ts';
import { InvalidStoreSettings, MissingBucket, PreconditionFailed } from '../store-errors.ts';
import { flushFolders, newDraftPath, removeAbandonedDrafts, stampAfter, writeDraft } from './directory-draft.ts';
import { directoryError, errorCode, unlessAbsent } from './directory-errors.ts';
import { keysUnder } from './directory-keys.ts';
import { withDirectoryLock } from './directory-lock.ts';
import { makeDirectory } from './make-directory.ts';

/** Holds the lock and what is still being written; never listed. */
const HIDDEN = '.store';
const CHUNK_BYTES = 256 * 1024;

/**
 * Objects as files under one directory of one machine. A write is a hidden draft, flushed, then renamed over the object
 * under a lock between processes, so that looking (the condition) and renaming are one step.
 */
export class DirectoryStore implements port.ObjectStore {
  readonly url: string;
  readonly #root: string;
  readonly #hidden: string;

  /** @param root absolute path; need not exist yet */
  constructor(root: string) {
    this.#root = resolve(root);
    this.#hidden = join(this.#root, HIDDEN);
    this.url = pathToFileURL(this.#root).href;
  }

  async head(key: string): Promise<port.ObjectInfo | undefined> {
    const path = this.#path(key);
    const stats = await this.#translated(() => unlessAbsent(stat(path, { bigint: true })));
    return stats?.isFile() ? infoOf(stats) : undefined;
  }

  async get(key: string): Promise<port.StoredObject | undefined> {
    const path = this.#path(key);
    return this.#translated(async () => {
      const file = await unlessAbsent(open(path));
      const stats = await file?.stat({ bigint: true });
      if (file && stats?.isFile()) return { ...infoOf(stats), body: this.#read(file) };
      await file?.close();
      return undefined;
    });
  }

  async put(key: string, body: port.Body, { condition }: port.PutOptions = {}): Promise<port.ObjectInfo> {
    const path = this.#path(key);
    await this.#translated(() => this.#ensureHidden());
    const draft = newDraftPath(this.#hidden);
    try {
      await writeDraft(draft, body, this.url);
      return await this.#translated(() => this.#publish(draft, path, key, condition));
    } finally {
      await rm(draft, { force: true });
    }
  }

  async *list(prefix: string): AsyncGenerator<port.ListedObject> {
    try {
      for await (const key of keysUnder(this.#root, HIDDEN, prefix)) {
        const info = await this.head(key);
        if (info) yield { key, ...info };
      }
    } catch (error) {
      throw directoryError(error, this.url);
    }
  }

  async delete(key: string): Promise<void> {
    const path = this.#path(key);
    if (!(await this.head(key))) return;
    await this.#translated(async () => {
      await this.#ensureHidden();
      withDirectoryLock(this.#hidden, () => this.#remove(path));
    });
  }

  async ensureBucket(): Promise<void> {
    await this.#translated(async () => {
      await makeDirectory(this.#hidden);
      await removeAbandonedDrafts(this.#hidden);
    });
  }

  async applyBucketSettings(): Promise<port.BucketSettings> {
    return {
      managed: true,
      region: null,
      publicAccessBlocked: null,
      encryption: null,
      abortUnfinishedUploadsAfterDays: null,
    };
  }

  async #publish(draft: string, path: string, key: string, condition: port.Condition | undefined) {
    const folder = dirname(path);
    const { info, firstMade } = withDirectoryLock(this.#hidden, () => {
      const standing = statSync(path, { bigint: true, throwIfNoEntry: false });
      if (standing?.isDirectory()) throw new InvalidStoreSettings(`${path} must be a file: remove the directory`);
      if (!holds(condition, standing)) throw new PreconditionFailed(key);
      const firstMade = mkdirSync(folder, { recursive: true });
      const info = infoOf(stampAfter(standing, draft));
      renameSync(draft, path);
      return { info, firstMade };
    });
    await flushFolders(folder, firstMade ? dirname(firstMade) : folder);
    return info;
  }

  /** With the folders it leaves empty: no `put` is between making its folder and renaming into it, as it holds the lock. */
  #remove(path: string): void {
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return;
    unlinkSync(path);
    for (let folder = dirname(path); folder !== this.#root && isEmpty(folder); folder = dirname(folder)) {
      rmdirSync(folder);
    }
  }

  /** Reads what the open descriptor holds, though another may have the name by now. */
  async *#read(file: FileHandle): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const { bytesRead, buffer } = await this.#translated(() => file.read(Buffer.allocUnsafe(CHUNK_BYTES)));
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  async #ensureHidden(): Promise<void> {
    try {
      await mkdir(this.#hidden);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') throw new MissingBucket(this.url);
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }

  #path(key: string): string {
    const parts = key.split('/');
    const escapes = parts.some((part) => part === '' || part === '.' || part === '..' || /[\\\0]/.test(part));
    if (escapes || parts[0] === HIDDEN) throw new RangeError(`${JSON.stringify(key)} cannot be a key in ${this.url}`);
    return join(this.#root, key);
  }

  async #translated<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw directoryError(error, this.url);
    }
  }
}

function infoOf({ size, mtimeNs, ino }: BigIntStats): port.ObjectInfo {
  return { size: Number(size), etag: `${size}-${mtimeNs}-${ino}` };
}

function holds(condition: port.Condition | undefined, standing: BigIntStats | undefined): boolean {
  if (!condition) return true;
  if ('ifAbsent' in condition) return !standing;
  return standing !== undefined && infoOf(standing).etag === condition.ifMatch;
}

function isEmpty(folder: string): boolean {
  return readdirSync(folder).length === 0;
}
