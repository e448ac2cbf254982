import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { creditDefaultDag } from '../../pipeline/credit-default-dag.ts';
import { type RunRecord, taskRecord } from '../../pipeline/orchestrator/run-record.ts';
import { RunStore } from '../../pipeline/orchestrator/run-store.ts';
import { artifactNames } from '../../tasks/artifacts/catalogue.ts';
import { dueRun } from '../../tasks/artifacts/run-dates.ts';
import { openStore } from '../../tasks/artifacts/stores/open-store.ts';
import { holdingForGood } from '../support/hold.ts';
import { artifactHashes, runCommand, startCommand } from '../support/pipeline-command.ts';
import { useSeededLoans } from '../support/seeded-loans.ts';

const dates = ['2024-01-01', '2024-01-11', '2024-01-21', '2024-01-31'] as const;
const range = ['backfill', '--from', '2024-01-01', '--to', '2024-01-31'];
const timestamps = ['20240101T000000', '20240111T000000', '20240121T000000', '20240131T000000'] as const;

describe('a backfill', { timeout: 600_000 }, () => {
  const loans = useSeededLoans();
  /** What runs done one by one have published. */
  let expected: Readonly<Record<string, string>>;

  const placeAt = (directory: string) => ({
    directory,
    environment: {
      ARTIFACT_STORE: pathToFileURL(directory).href,
      DATABASE_URL: loans.postgres.url,
      RETRIES: '0',
    },
  });
  const newPlace = async () => placeAt(await mkdtemp(join(loans.folder, 'store-')));
  const recordsOf = async (directory: string): Promise<readonly (RunRecord | undefined)[]> => {
    const store = await openStore({ ARTIFACT_STORE: pathToFileURL(directory).href });
    const runs = new RunStore(store, 'credit_default_pipeline');
    return Promise.all(timestamps.map(async (timestamp) => (await runs.load(timestamp))?.record));
  };
  const statesOf = async (directory: string) => (await recordsOf(directory)).map((record) => record?.state);
  /** How many attempts of a task each run has had. */
  const attemptsOf = async (directory: string, taskId: string) =>
    (await recordsOf(directory)).map((record) => record && taskRecord(record, taskId).attempts.length);

  before(async () => {
    const { directory, environment } = await newPlace();
    for (const date of dates) {
      const { code, said } = await runCommand(['run', '--logical-date', date], environment);
      assert.equal(code, 0, said);
    }
    expected = await artifactHashes(directory);
    assert.equal(Object.keys(expected).length, dates.length * artifactNames.length);
  });

  test('shows its plan, and a dry run changes nothing', async () => {
    const { directory, environment } = placeAt(join(loans.folder, 'never-made'));
    const { code, printed } = await runCommand([...range, '--dry-run', '--reprocess', 'all'], environment);
    assert.equal(code, 0);
    const rows = printed
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    assert.deepEqual(rows, [
      ['run', 'state', 'to do', 'why'],
      ...timestamps.map((timestamp) => [timestamp, 'none', 'run', 'it has never run']),
    ]);
    assert(!existsSync(directory));
  });

  test('with two runs at once publishes the bytes of runs done one by one, and then has nothing to do', async () => {
    const { directory, environment } = await newPlace();
    const { code, said, printed } = await runCommand([...range, '--max-active', '2'], environment);
    assert.equal(code, 0, said);
    assert.match(said, /1 of 4 done, [12] running/);
    assert.match(printed, /4 of 4 done\n$/);
    assert.deepEqual(await artifactHashes(directory), expected);
    assert(existsSync(join(directory, `credit_default_pipeline/runs/${timestamps[3]}/index.html`)));

    const again = await runCommand([...range, '--max-active', '9007199254740991'], environment);
    assert.equal(again.code, 0, again.said);
    assert.doesNotMatch(again.said, / runs\n/);
    assert.deepEqual(await attemptsOf(directory, 'create_s3_bucket'), [1, 1, 1, 1]);
  });

  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGKILL', 'SIGKILL'],
  ] as const) {
    test(`that gets ${signal} in its third run goes on with it, and does nothing twice`, async () => {
      const { directory, environment } = await newPlace();
      const held = { ...environment, ...holdingForGood(`fetch_data/${timestamps[2]}.csv`) };
      const first = startCommand(range, held);
      await first.until(/20240121T000000 runs/);
      first.child.kill(signal);
      assert.equal(await first.ended, code);
      if (signal === 'SIGTERM')
        assert.match(first.said(), /2 of 4 done: 'npx pipeline backfill --from 2024-01-01 --to 2024-01-31' goes on/);
      assert.deepEqual(await statesOf(directory), ['success', 'success', 'running', undefined]);

      const second = await runCommand(range, environment);
      assert.equal(second.code, 0, second.said);
      assert.match(second.printed, /20240121T000000 +unfinished +run/);
      assert.deepEqual(await attemptsOf(directory, 'evaluate_model'), [1, 1, 1, 1]);
      assert.deepEqual(await artifactHashes(directory), expected);
    });
  }

  test('in which a run fails does the others, names it, and does again what failed only when asked', async () => {
    const { directory, environment } = await newPlace();
    // no file can be put where a directory stands
    const obstacle = join(directory, `credit_default_pipeline/train_model/${timestamps[1]}_test.csv`);
    await mkdir(join(obstacle, 'inside'), { recursive: true });
    const first = await runCommand(range, environment);
    assert.equal(first.code, 1, first.said);
    assert.deepEqual(await statesOf(directory), ['success', 'failed', 'success', 'success']);
    assert.match(first.printed, /20240111T000000 +failed +see 'npx pipeline logs 20240111T000000 train_model'/);
    assert.match(first.printed, /3 of 4 done, 1 failed/);
    assert.match(first.printed, /'--reprocess failed' does again what failed/);
    assert.match(first.said, /WARNING 20240111T000000 train_model attempt 1 failed/);

    await rm(obstacle, { recursive: true });
    const missing = await runCommand(range, environment);
    assert.equal(missing.code, 1, missing.said);
    assert.deepEqual(await attemptsOf(directory, 'train_model'), [1, 1, 1, 1]);

    const failed = await runCommand([...range, '--reprocess', 'failed'], environment);
    assert.equal(failed.code, 0, failed.said);
    assert.match(failed.printed, /20240111T000000 +failed +clear, run/);
    assert.deepEqual(await attemptsOf(directory, 'fetch_data'), [1, 1, 1, 1]);
    assert.deepEqual(await attemptsOf(directory, 'train_model'), [1, 2, 1, 1]);
    assert.deepEqual(await artifactHashes(directory), expected);
  });

  test('of all runs, stopped in the middle, names the command that clears none of its own work again', async () => {
    const { directory, environment } = await newPlace();
    assert.equal((await runCommand([...range, '--max-active', '2'], environment)).code, 0);
    const held = { ...environment, ...holdingForGood(`fetch_data/${timestamps[2]}.csv`) };
    // attempts are held by their number
    const all = startCommand([...range, '--reprocess', 'all'], { ...held, HELD_ATTEMPT: '2' });
    await all.until(/20240121T000000 runs/);
    all.child.kill('SIGTERM');
    assert.equal(await all.ended, 143);
    const [, again = ''] = /'npx pipeline ([^']*)' goes on/.exec(all.said()) ?? [];
    assert.match(again, /--reprocess all --begun \S+$/);

    const second = await runCommand(again.split(' '), environment);
    assert.equal(second.code, 0, second.said);
    assert.match(second.printed, /20240101T000000 +success +nothing +this backfill has done it/);
    assert.deepEqual(await attemptsOf(directory, 'evaluate_model'), [2, 2, 2, 2]);
    assert.deepEqual(await artifactHashes(directory), expected);
  });

  test('leaves a run to the orchestrator that leads it, and a record that cannot be read to people', async () => {
    const { directory, environment } = await newPlace();
    const leader = startCommand(['run', '--logical-date', dates[1]], {
      ...environment,
      ...holdingForGood(`create_s3_bucket/${timestamps[1]}.json`),
    });
    await leader.until(/create_s3_bucket attempt 1 runs/);
    const { code, said, printed } = await runCommand(range, environment);
    assert.equal(code, 75, said);
    assert.match(printed, /20240111T000000 +unfinished +run +led by process \d+ on [^/ ]+\n/);
    assert.match(printed, /20240111T000000 +held +another orchestrator leads it/);
    assert.match(printed, /3 of 4 done, 1 led elsewhere/);
    leader.child.kill('SIGTERM');
    await leader.ended;
    assert.deepEqual(await statesOf(directory), ['success', 'running', 'success', 'success']);

    const record = join(directory, `credit_default_pipeline/runs/${timestamps[1]}/run.json`);
    await writeFile(record, '{');
    const unreadable = await runCommand(range, environment);
    assert.equal(unreadable.code, 1, unreadable.said);
    assert.match(unreadable.printed, /20240111T000000 +failed +'npx pipeline clear 20240111T000000' replaces it/);
    const all = await runCommand(['backfill', '--from', dates[1], '--to', dates[1], '--reprocess', 'all'], environment);
    assert.equal(all.code, 0, all.said);
    assert.deepEqual(await statesOf(directory), ['success', 'success', 'success', 'success']);
  });

  test('passes over a run whose data is not ready, and does it once it is', async () => {
    const { directory, environment } = await newPlace();
    const READY_KEY = join(loans.folder, 'ready-{logical_date}');
    for (const date of [dates[0], dates[2], dates[3]]) await writeFile(join(loans.folder, `ready-${date}`), '');
    const first = await runCommand(range, { ...environment, READY_KEY });
    assert.equal(first.code, 79, first.said);
    assert.match(first.printed, /20240111T000000 +not-ready +the same command goes on once its data is ready/);
    assert.deepEqual(await statesOf(directory), ['success', undefined, 'success', 'success']);
    await writeFile(join(loans.folder, `ready-${dates[1]}`), '');
    const second = await runCommand(range, { ...environment, READY_KEY });
    assert.equal(second.code, 0, second.said);
    assert.deepEqual(await statesOf(directory), ['success', 'success', 'success', 'success']);
  });

  test('of a store that is gone ends, and says so once', async () => {
    const { environment } = placeAt(join(loans.folder, 'a-file'));
    await writeFile(join(loans.folder, 'a-file'), '');
    const { code, said } = await runCommand([...range, '--max-active', '4'], environment);
    assert.equal(code, 64, said);
    assert.equal(said.match(/cannot be used/g)?.length, 1, said);
  });

  test('cuts a range that ends too late, and refuses one that cannot be meant', async () => {
    const { environment } = placeAt(join(loans.folder, 'never-made'));
    const { timestamp = '' } = dueRun(creditDefaultDag.schedule, new Date()) ?? {};
    const cut = await runCommand(['backfill', '--from', '2024-01-01', '--to', '2999-12-31', '--dry-run'], environment);
    assert.equal(cut.code, 0, cut.said);
    assert.match(cut.said, new RegExp(`--to 2999-12-31 lies beyond the latest run that is due, ${timestamp}`));
    const refused: readonly (readonly [string, RegExp])[] = [
      ['', /expected --from and --to/],
      ['--from 2024-01-01', /expected --from and --to/],
      ['--from 2024-01-31 --to 2024-01-01', /2024-01-31 is after 2024-01-01/],
      ['--from 2024-01-02 --to 2024-01-10', /no run that is due lies between .*: there is one every 10 days from/],
      ['--from 2999-01-01 --to 2999-12-31', /no run that is due lies between/],
      ['--from 1 --to 2024-01-31', /"1" is not a date/],
      [`${range.slice(1).join(' ')} --max-active 0`, /--max-active must be a whole number, 1 or more; found "0"/],
      [`${range.slice(1).join(' ')} --reprocess some`, /--reprocess must be missing, failed, all; found "some"/],
      [`${range.slice(1).join(' ')} --begun 2999-01-01T00:00:00Z`, /--begun must be a moment that is past/],
      [`${range.slice(1).join(' ')} --begun yesterday`, /--begun must be a moment/],
      [`${range.slice(1).join(' ')} --executor cloud`, /--executor must be local or kubernetes/],
    ];
    for (const [args, says] of refused) {
      const { code, said } = await runCommand(
        ['backfill', ...args.split(' ').filter((arg) => arg !== '')],
        environment,
      );
      assert.equal(code, 64, `${args}: ${said}`);
      assert.match(said, says);
      assert.equal(said.trim().split('\n').length, 1, said);
    }
  });
});
