import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { runCommand } from '../support/pipeline-command.ts';
import { useSeededLoans } from '../support/seeded-loans.ts';

describe('the drift between two runs', { timeout: 300_000 }, () => {
  const loans = useSeededLoans();
  const store = () => ({ ARTIFACT_STORE: pathToFileURL(join(loans.folder, 'store')).href });
  const pipeline = (line: string) => runCommand(line.split(' '), store());
  const profileOf = (timestamp: string) =>
    join(loans.folder, `store/credit_default_pipeline/fetch_data/${timestamp}_profile.json`);

  before(async () => {
    const run = async (date: string) => {
      const environment = { ...store(), DATABASE_URL: loans.postgres.url, PROMOTION: 'off' };
      const { code, said } = await runCommand(['run', '--logical-date', date], environment);
      assert.equal(code, 0, said);
    };
    await run('2024-01-01');
    await loans.postgres.query('UPDATE loans SET income = income * 1.5, age = least(age + 1, 120)');
    await run('2024-01-11');
    await run('2024-01-21');
  });

  test('is a line for each column, marked without colour, in 80 columns', async () => {
    const { code, printed } = await pipeline('drift 2024-01-11 20240101T000000');
    assert.equal(code, 0);
    assert.match(printed, /^20240111T000000 against 20240101T000000: 1 of 7 drifted\n\n {7}PSI +chance +KS +chance\n/);
    assert.match(printed, /^≠ {3}0\.\d{4} {3}0\.\d{4} {3}0\.\d{4} {3}0\.1151 {2}income$/m);
    assert.match(printed, /^ {4}0\.\d{4} {3}0\.\d{4} {3}0\.\d{4} {3}0\.1151 {2}age$/m);
    assert.match(printed, /^ {4}0\.0000 .* {2}default_status \(label\)$/m);
    assert(
      printed.split('\n').every((line) => line.length <= 80),
      printed,
    );
  });

  test('is 0 between runs on the same loans, and the same as JSON', async () => {
    const { printed } = await pipeline('drift 2024-01-21 2024-01-11 --json');
    const { runs, drift } = JSON.parse(printed);
    assert.deepEqual(runs, ['20240121T000000', '20240111T000000']);
    assert.deepEqual(
      drift.map(({ name, psi, ks, isDrifted }: Record<string, unknown>) => [name, psi, ks, isDrifted]),
      ['loan_amount', 'income', 'credit_score', 'age', 'loan_term', 'default_status', 'score'].map((name) => [
        name,
        0,
        0,
        false,
      ]),
    );
    assert(drift.every(({ psiByChance }: Record<string, number>) => (psiByChance ?? 0) > 0));
  });

  test("is the one from the champion's, where there is one, as long as its run has published it", async () => {
    const none = await pipeline('drift 2024-01-11');
    assert.equal(none.code, 66);
    assert.match(none.said, /there is no champion yet to compare with: name another RUN/);
    assert.equal((await pipeline('promote 2024-01-01 --reason first')).code, 0);
    assert.match((await pipeline('drift 2024-01-11')).printed, /^20240111T000000 against 20240101T000000: \d of 7/);
    const itself = await pipeline('drift 2024-01-01');
    assert.equal(itself.code, 64);
    assert.match(itself.said, /is the champion itself, and the first: name another RUN/);
    assert.equal((await pipeline('promote 2024-01-11 --reason second')).code, 0);
    assert.match((await pipeline('drift 2024-01-11')).printed, /^20240111T000000 against 20240101T000000/);
  });

  test('refuses what is no run, and a run whose profile is missing or altered', async () => {
    await appendFile(profileOf('20240121T000000'), ' ');
    assert.equal((await pipeline('clear 2024-01-11 --task fetch_data --force')).code, 0);
    for (const [args, expected, says] of [
      ['2024-01-11 2024-01-01', 64, /has not published loans, profile, .*: 'npx pipeline status 20240111T/],
      ['2024-01-21', 64, /run scheduled__2024-01-21\S+ has not published profile: 'npx pipeline status /],
      ['2024-02-10', 64, /there is no run scheduled__2024-02-10\S+: 'npx pipeline status' names/],
      ['x', 64, /"x" is not a date/],
    ] as const) {
      const { code, said } = await pipeline(`drift ${args}`);
      assert.equal(code, expected, said);
      assert.match(said, says);
      assert.equal(said.trim().split('\n').length, 1);
    }
    assert.match((await runCommand(['drift'], store())).said, /expected RUN \(see 'npx pipeline drift --help'\)/);
  });
});
