import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Champion, championSchema } from '../../../pipeline/models/champion.ts';
import { type KnownRun, loadRun } from '../../../pipeline/monitoring/run-report.ts';
import type { RunRecord } from '../../../pipeline/orchestrator/run-record.ts';
import { RunStore } from '../../../pipeline/orchestrator/run-store.ts';
import { overviewPage } from '../../../pipeline/pages/overview-page.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { dag, endedAttempt, recordWith, secondsLater } from '../../support/run-records.ts';

const tasks = dag.tasks.map(({ taskId }) => taskId);

async function pageOf(records: readonly RunRecord[], now = secondsLater(-3600), champion?: Champion): Promise<string> {
  const store = new MemoryStore();
  const runs = new RunStore(store, dag.dagId);
  const known: KnownRun[] = [];
  for (const record of records) {
    await runs.save(record, undefined);
    const run = await loadRun({ dag, store, runs, prices: undefined, clock: () => now }, record.timestamp);
    if (run) known.push(run);
  }
  return overviewPage({
    dag,
    storeUrl: store.url,
    lateAfterSeconds: 86_400,
    runs: known,
    champion,
    verdict: undefined,
    now,
  });
}

const at = (record: RunRecord, timestamp: string): RunRecord => ({ ...record, timestamp });

const texts = (page: string) =>
  page
    .replace(/<style>[\s\S]*<\/style>/, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ');

test('without runs the page says when the next is due', async () => {
  const text = texts(await pageOf([]));
  assert.match(text, /No model yet The next run is due at 2024-02-10 00:00 UTC/);
  assert.match(text, /There are no runs yet/);
});

test('the champion is named also where its run is no longer there', async () => {
  const champion = championSchema.parse({
    ...{
      version: 1,
      number: 1,
      timestamp: '20231201T000000',
      runId: 'scheduled__2023-12-01',
      model: 'key',
      sha256: 'abc',
    },
    ...{ reason: 'the board', decidedBy: 'someone', decidedAt: secondsLater(-7200).toISOString(), before: null },
    scores: { accuracy: 0.81 },
  });
  const text = texts(await pageOf([], secondsLater(0), champion));
  assert.match(text, /The model of 2023-12-01 is champion, 2 hours old Its accuracy is 0\.8100\./);
});

test('a run that is due and was never started is late', async () => {
  assert.match(texts(await pageOf([], secondsLater(2 * 86_400))), /Run 2024-01-21 late: it was due at 2024-01-31/);
});

test('a failed run that is due is named with its reason, an older one is history', async () => {
  const failed: RunRecord = {
    ...recordWith({
      fetch_data: { state: 'failed', reason: 'the table is gone', attempts: [endedAttempt(1, 'failed', 65)] },
    }),
    state: 'failed',
  };
  const trouble = /Run 2024-01-21 fetch_data failed: the table is gone/;
  assert.match(texts(await pageOf([at(failed, '20240121T000000')])), trouble);
  const older = await pageOf([at(failed, '20240101T000000')]);
  assert.doesNotMatch(older, /class="troubles"/);
  assert.match(texts(older), /What went wrong lately .* 2024-01-01 fetch_data failed/);
});

test('a cell says state, attempts and duration, and leads to its task', async () => {
  const attempts = [endedAttempt(1, 'failed', 70), endedAttempt(2, 'succeeded')];
  const page = await pageOf([recordWith({ train_model: { state: 'success', attempts } })]);
  assert.match(
    page,
    /<a class="cell success" href="runs\/20240101T000000\/index.html#train_model" aria-label="train_model success, 2 attempts 1 min 0 s">/,
  );
});

test('runs beyond the thirtieth are folded away', async () => {
  const done = recordWith({}, tasks);
  const page = await pageOf(Array.from({ length: 33 }, (_, index) => at(done, `20240101T0000${10 + index}`)));
  assert.match(page, /<details id="older"><summary>3 older runs<\/summary>/);
});

test('a stored page needs nothing but itself', async () => {
  const page = await pageOf([recordWith({}, tasks)]);
  assert.doesNotMatch(page, /<script|src=|https?:\/\/(?!localhost)|style="/);
  assert.match(page, /http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;/);
});
