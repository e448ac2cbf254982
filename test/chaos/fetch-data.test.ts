import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { assertNothingPublished, type FetchAttempt, fetchedLoans, startFetch } from '../support/fetch-attempt.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { createTestLoans, expectedCsv } from '../support/test-loans.ts';

const ours = "application_name = 'credit-default-pipeline'";

let postgres: TestPostgres;
let folder: string;
let stores = 0;

before(async () => {
  postgres = await startPostgres();
  folder = await mkdtemp(join(tmpdir(), 'fetch-data-'));
  await createTestLoans(postgres, 'loans', 60_000);
  // while somebody holds the lock, a query over this view stands still at row 30,000
  await postgres.query(`
    ALTER DATABASE credit_db SET enable_sort = off;
    CREATE FUNCTION is_let_through() RETURNS boolean LANGUAGE sql VOLATILE
      AS 'SELECT pg_advisory_xact_lock_shared(1) IS NOT NULL';
    CREATE VIEW gated_loans AS SELECT * FROM loans WHERE id <> 30000 OR is_let_through();
    SELECT pg_advisory_lock(1)`);
});

after(async () => {
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

function start(store = `store-${stores++}`, environment: NodeJS.ProcessEnv = {}): Promise<FetchAttempt> {
  const settings = { DATABASE_URL: postgres.url, LOANS_TABLE: 'gated_loans', ...environment };
  return startFetch(join(folder, store), settings);
}

async function startHalfway(store?: string): Promise<FetchAttempt> {
  const task = await start(store);
  await untilSessionsAre(1, `${ours} AND wait_event = 'advisory' AND query LIKE 'COPY%'`);
  return task;
}

async function untilSessionsAre(count: number, condition: string): Promise<void> {
  for (const giveUpAt = performance.now() + 60_000; ; await setTimeout(20)) {
    const sessions = await postgres.query(`SELECT state, query FROM pg_stat_activity WHERE ${condition}`);
    if (sessions.length === count) return;
    assert.ok(performance.now() < giveUpAt, `after 60 s: ${JSON.stringify(sessions)}`);
  }
}

describe('fetch-data, halfway through the table', () => {
  test('SIGTERM: exit 143 at once, nothing published, and the server stops working for it', async () => {
    const task = await startHalfway();
    const started = performance.now();
    task.process.kill('SIGTERM');
    const { code, output } = await task.ended;
    assert.equal(code, 143, output);
    assert.ok(performance.now() - started < 5_000);
    await assertNothingPublished(task.store);
    await untilSessionsAre(0, ours);
  });

  test('the execution timeout: exit 124, nothing published, and the server stops working for it', async () => {
    const task = await start(undefined, { EXECUTION_TIMEOUT_SECONDS: '3' });
    const { code, output } = await task.ended;
    assert.equal(code, 124, output);
    await assertNothingPublished(task.store);
    await untilSessionsAre(0, ours);
  });

  test('a server that falls silent: exit 69 after the silence it is granted, nothing published', async () => {
    const task = await start(undefined, { DATABASE_SILENCE_SECONDS: '2' });
    const { code, output } = await task.ended;
    assert.equal(code, 69, output);
    assert.match(output, /has sent nothing for 2 s/);
    await assertNothingPublished(task.store);
    await untilSessionsAre(0, ours);
  });

  test('a server that ends the session: exit 69, nothing published', async () => {
    const task = await startHalfway();
    await postgres.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${ours}`);
    const { code, output } = await task.ended;
    assert.equal(code, 69, output);
    assert.match(output, /credit_db is not available \(terminating connection/);
    await assertNothingPublished(task.store);
  });

  test('kill -9: nothing published, the server stops working for it, and the next attempt publishes the table', async () => {
    const killed = await startHalfway('kept');
    killed.process.kill('SIGKILL');
    assert.equal((await killed.ended).signal, 'SIGKILL');
    await assertNothingPublished(killed.store);
    await untilSessionsAre(0, ours);

    const next = await startHalfway('kept');
    await postgres.query('SELECT pg_advisory_unlock(1)');
    const { code, output } = await next.ended;
    assert.equal(code, 0, output);
    assert.equal(await fetchedLoans(next.store), await expectedCsv(postgres, 'loans'));
  });
});
