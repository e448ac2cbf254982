import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { startPostgres, type TestPostgres } from './postgres.ts';
import { seedTestLoans } from './seed-test-loans.ts';

/** From the first test of this suite to its last: a folder, and a PostgreSQL with 400 loans. */
export function useSeededLoans(): { readonly folder: string; readonly postgres: TestPostgres } {
  let folder = '';
  let postgres: TestPostgres | undefined;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seeded-'));
    postgres = await startPostgres();
    await seedTestLoans(postgres.url, 400);
  });

  after(async () => {
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  return {
    get folder() {
      return folder;
    },
    get postgres() {
      if (!postgres) throw new Error('the suite has not begun');
      return postgres;
    },
  };
}
