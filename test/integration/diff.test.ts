import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { runCommand } from '../support/pipeline-command.ts';
import { useSeededLoans } from '../support/seeded-loans.ts';

describe('the difference between two runs', { timeout: 300_000 }, () => {
  const loans = useSeededLoans();
  const store = () => ({ ARTIFACT_STORE: pathToFileURL(join(loans.folder, 'store')).href });
  const diff = (args: string) => runCommand(['diff', ...args.split(' ')], store());

  before(async () => {
    const environment = { ...store(), DATABASE_URL: loans.postgres.url };
    const run = async (date: string, more = {}) => {
      const { code, said } = await runCommand(['run', '--logical-date', date], { ...environment, ...more });
      assert.equal(code, 0, said);
    };
    for (const date of ['2024-01-01', '2024-01-11']) await run(date);
    await loans.postgres.query('UPDATE loans SET income = income + 1 WHERE income < 60000');
    await run('2024-01-21', { N_ESTIMATORS: '7' });
    await run('2024-01-31');
  });

  test('is none, in one line, where the bytes are the same', async () => {
    const { code, printed } = await diff('2024-01-01 20240111T000000');
    assert.equal(code, 0);
    assert.equal(printed, 'the runs are the same, byte for byte\n');
    assert.equal(JSON.parse((await diff('2024-01-01 2024-01-11 --json')).printed).isSame, true);
  });

  test('is shown with a table for each thing, marked without colour, in 80 columns', async () => {
    const { code, printed } = await diff('2024-01-01 2024-01-21');
    assert.equal(code, 0);
    assert.match(printed, /^the runs differ in data profile, settings, model, scores, artifacts\n/);
    assert.match(printed, /^≠ {2}income\.mean +[\d,.]+ +[\d,.]+ +\+0\.\d+$/m);
    assert.match(printed, /^ {3}age\.mean/m);
    assert.match(printed, /^≠ {2}N_ESTIMATORS +5 +7$/m);
    assert.match(printed, /^≠ {2}trees +5 +7 +\d in common$/m);
    assert.match(printed, /^≠ {2}loans +[0-9a-f]{12} +[0-9a-f]{12} +different$/m);
    assert.match(printed, /^ {3}bucket +[0-9a-f]{12} +[0-9a-f]{12} +same$/m);
    assert.match(printed, /^the same: loans$/m);
    assert(
      printed.split('\n').every((line) => line.length <= 80),
      printed,
    );
  });

  test('is the same as JSON, at full precision', async () => {
    const { printed } = await diff('2024-01-01 2024-01-21 --json');
    const { runs, isSame, profile, trees } = JSON.parse(printed);
    assert.deepEqual([runs, isSame, trees.first, trees.second], [['20240101T000000', '20240121T000000'], false, 5, 7]);
    const mean = profile.find(({ name }: { name: string }) => name === 'income.mean');
    assert(mean.second > mean.first && mean.second - mean.first < 1);
  });

  test('says what an altered or cleared run is missing, and refuses one that has no loans', async () => {
    await appendFile(join(loans.folder, `store/credit_default_pipeline/train_model/20240131T000000.onnx`), 'x');
    const altered = await diff('2024-01-01 2024-01-31');
    assert.equal(altered.code, 0, altered.said);
    assert.match(altered.printed, /^≠ {2}model +[0-9a-f]{12} +none +missing$/m);
    assert.match(altered.printed, /^≠ {2}trees +5 +none +0 in common$/m);

    assert.equal((await runCommand(['clear', '2024-01-31', '--force'], store())).code, 0);
    for (const [args, says] of [
      [
        '2024-01-01 2024-01-31',
        /run scheduled__2024-01-31\S+ has not published bucket, loans, .*report: 'npx pipeline status /,
      ],
      ['2024-02-10 2024-01-01', /there is no run scheduled__2024-02-10\S+: 'npx pipeline status' names/],
      ['2024-01-01', /expected another RUN/],
      ['2024-01-01 x', /"x" is not a date/],
    ] as const) {
      const { code, said } = await diff(args);
      assert.equal(code, 64, said);
      assert.match(said, says);
      assert.equal(said.trim().split('\n').length, 1);
    }
  });
});
