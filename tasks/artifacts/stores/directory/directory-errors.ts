import { AccessRefused, InvalidStoreSettings, StoreFull, StoreUnavailable } from '../store-errors.ts';

/** The store's error for one of the file system; any other is returned as it is. */
export function directoryError(error: unknown, url: string): unknown {
  const message = error instanceof Error ? error.message : '';
  switch (errorCode(error)) {
    case 'EACCES':
    case 'EPERM':
      return new AccessRefused(`this user may not use ${url} (${message}): change its owner or mode`, { cause: error });
    case 'EROFS':
      return new AccessRefused(`${url} is on a read-only file system (${message}): choose another place`, {
        cause: error,
      });
    case 'EEXIST':
    case 'EISDIR':
    case 'ELOOP':
    case 'ENAMETOOLONG':
    case 'ENOTDIR':
      return new InvalidStoreSettings(`${url} cannot be used (${message}): a directory is needed`, { cause: error });
    case 'ENOSPC':
    case 'EDQUOT':
      return new StoreFull(`the disk of ${url} is full (${message}): free some space`, { cause: error });
    case 'EIO':
    case 'EMFILE':
    case 'ENFILE':
    case 'ESTALE':
      return new StoreUnavailable(`${url} is failing (${message})`, { cause: error });
    default:
      return error;
  }
}

export function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

export async function unlessAbsent<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
