import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DatabaseUnavailable } from '../../tasks/runtime/errors.ts';

const execute = promisify(execFile);

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: then `postgres` runs it if there is such a user, else `nobody`. */
export async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const account = (await accountOf('postgres')) ?? (await accountOf('nobody'));
  if (account) return account;
  throw new DatabaseUnavailable(
    'PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody to run it: start as a normal user',
  );
}

export async function canReach(account: Account, path: string): Promise<boolean> {
  return await execute('test', ['-x', path], { ...account, cwd: '/' }).then(
    () => true,
    () => false,
  );
}

async function accountOf(user: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([execute('id', ['-u', user]), execute('id', ['-g', user])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}
