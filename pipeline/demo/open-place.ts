import { createHash } from 'node:crypto';
import { chmod, cp, lstat, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode, unlessAbsent } from '../../tasks/artifacts/stores/directory/directory-errors.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';

/** Root's folder that every user may enter, for what root wants in a place that only root may enter. */
const openPlace = '/var/tmp/credit-default-pipeline';

/** The folder there that is used in place of another one, always the same. */
export async function standInFor(directory: string): Promise<string> {
  const hash = createHash('sha256').update(directory).digest('hex').slice(0, 12);
  return join(await ensureOpenPlace(), `data-${hash}`);
}

/** The copy of a package there, made once for each of its versions. */
export async function copyOfPackage(folder: string): Promise<string> {
  const manifest = z.object({ version: z.string() });
  const { version } = manifest.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
  const copy = join(await ensureOpenPlace(), `postgresql-${version}`);
  if (!(await unlessAbsent(lstat(copy)))) await copyAtOnce(folder, copy);
  return copy;
}

/** An interrupted copy never has the final name. */
async function copyAtOnce(from: string, to: string): Promise<void> {
  const partial = `${to}.partial-${process.pid}`;
  await rm(partial, { recursive: true, force: true });
  await cp(from, partial, { recursive: true, verbatimSymlinks: true });
  await rename(partial, to).catch(async (error) => {
    await rm(partial, { recursive: true, force: true });
    const madeByAnother = errorCode(error) === 'ENOTEMPTY' || errorCode(error) === 'EEXIST';
    if (!madeByAnother) throw error;
  });
}

async function ensureOpenPlace(): Promise<string> {
  await mkdir(openPlace, { recursive: true });
  const { uid, mode } = await lstat(openPlace);
  // anyone may make a folder in /var/tmp: in a stranger's one, root would follow the stranger's links
  if (uid !== 0) throw new UsageError([`${openPlace} belongs to user ${uid}, and root needs it: remove it`]);
  if ((mode & 0o777) !== 0o755) await chmod(openPlace, 0o755);
  return openPlace;
}
