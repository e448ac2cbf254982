import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InvalidStoreSettings } from '../store-errors.ts';
import { directoryError, errorCode } from './directory-errors.ts';

/**
 * Makes a directory and those above it. Node's own recursive mkdir never returns where the file system makes no
 * directories (as /proc).
 * @throws AccessRefused, InvalidStoreSettings or StoreUnavailable
 */
export async function makeDirectory(path: string): Promise<void> {
  if (await tryToMake(path)) return;
  if (dirname(path) !== path) await makeDirectory(dirname(path));
  if (await tryToMake(path)) return;
  throw new InvalidStoreSettings(`no directory can be made at ${path}: choose another place`);
}

/** False where the directory above is missing. */
async function tryToMake(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    if (errorCode(error) === 'EEXIST' || errorCode(error) === 'EISDIR') return true;
    throw directoryError(error, path);
  }
}
