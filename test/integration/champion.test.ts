import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DirectoryStore } from '../../tasks/artifacts/stores/directory/directory-store.ts';
import { runCommand } from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { createTestLoans } from '../support/test-loans.ts';

const cli = join(import.meta.dirname, '../../pipeline/cli.ts');
const notRoot = process.getuid?.() === 0 ? false : 'needs root, to be another user';

let postgres: TestPostgres;
let folder: string;
let store: DirectoryStore;

before(async () => {
  postgres = await startPostgres();
  folder = await mkdtemp(join(tmpdir(), 'champion-'));
  store = new DirectoryStore(join(folder, 'store'));
  await createTestLoans(postgres, 'loans', 500);
  for (const [date, trees] of [
    ['2024-01-01', '2'],
    ['2024-01-11', '3'],
  ] as const)
    assert.equal((await pipeline(`run --logical-date ${date}`, { N_ESTIMATORS: trees })).code, 0);
});

after(async () => {
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
});

function pipeline(line: string, settings: Record<string, string> = {}) {
  const args = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
  return runCommand(args, { ARTIFACT_STORE: store.url, DATABASE_URL: postgres.url, PROMOTION: 'off', ...settings });
}

describe('the champion', () => {
  test('is missing at first, which is said with what to type', async () => {
    const { code, said } = await pipeline('champion');
    assert.equal(code, 66);
    assert.match(said, /there is no champion yet: 'npx pipeline promote RUN --reason TEXT' makes one/);
    assert.equal((await pipeline('rollback')).code, 66);
  });

  test('is what was promoted last, and goes back', async () => {
    assert.match(
      (await pipeline("promote 2024-01-01 --reason 'the first'")).said,
      /2024-01-01T\S+ is champion: the first/,
    );
    assert.match(
      (await pipeline('promote 2024-01-01 --reason again')).said,
      /is champion already: nothing was changed/,
    );
    assert.equal((await pipeline("promote 2024-01-11 --reason 'more trees'")).code, 0);
    const shown = JSON.parse((await pipeline('champion --json')).said);
    assert.partialDeepStrictEqual(shown, { number: 2, timestamp: '20240111T000000', reason: 'more trees' });
    assert.equal(shown.before.timestamp, '20240101T000000');
    assert.ok(shown.scores.accuracy > 0);
    assert.equal((await pipeline("rollback --reason 'too many rejections'")).code, 0);
    const { said } = await pipeline('champion --history');
    assert.match(
      said.replaceAll(/\s+/g, ' '),
      /1 20240101T000000 .*2 20240111T000000 .*3 20240101T000000 .*rolled back: too/,
    );
    for (const line of said.split('\n')) assert.ok(line.length <= 80, line);
  });

  test('is fetched whole, with the hash that was promoted', async () => {
    const file = join(folder, 'model.onnx');
    const { code, said } = await pipeline(`champion --fetch ${file} --json`);
    assert.equal(code, 0, said);
    const hash = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    assert.equal(hash, JSON.parse(said).sha256);
    const nowhere = await pipeline(`champion --fetch ${folder}/none/model.onnx`);
    assert.equal(nowhere.code, 64);
    assert.match(nowhere.said, /--fetch \S+ cannot be written: ENOENT/);
    const directory = await pipeline(`champion --fetch ${folder}`);
    assert.deepEqual([directory.code, directory.said], [64, `--fetch ${folder} is a directory: name a file\n`]);
  });

  test('is moved by a user without a name too, as in a container', { skip: notRoot }, async () => {
    const copy = join(folder, 'copy');
    await cp(join(folder, 'store'), copy, { recursive: true });
    await chmod(folder, 0o755);
    execFileSync('chown', ['-R', '54321', copy]);
    const args = [cli, 'promote', '2024-01-11', '--reason', 'by a pod'];
    const env = { PATH: process.env.PATH, ARTIFACT_STORE: `file://${copy}` };
    const { status, stderr } = spawnSync(process.execPath, args, { uid: 54_321, env, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const shown = await pipeline('champion --json', { ARTIFACT_STORE: `file://${copy}` });
    assert.match(JSON.parse(shown.said).decidedBy, /^uid 54321@/);
  });

  test('is protected from clear', async () => {
    const refused = await pipeline('clear 2024-01-01');
    assert.equal(refused.code, 64);
    assert.match(
      refused.said,
      /is the champion: --force clears the run all the same, and the copy that others use stays/,
    );
    assert.equal((await pipeline('clear 2024-01-11')).code, 0);
  });

  test('can only be a model that is published', async () => {
    const cases = [
      ['promote 2024-01-11 --reason x', 66, /the model of run \S+ is not published, or not evaluated/],
      ['promote 2024-01-21 --reason x', 64, /there is no run scheduled__2024-01-21/],
      ['promote 2024-01-01', 64, /expected --reason TEXT/],
      ['promote yesterday --reason x', 64, /is not a date/],
    ] as const;
    for (const [line, code, sentence] of cases) {
      const found = await pipeline(line);
      assert.equal(found.code, code, found.said);
      assert.match(found.said, sentence);
    }
  });

  test('that was altered is neither fetched nor well', async () => {
    const key = JSON.parse((await pipeline('champion --json')).said).model;
    await store.put(key, Buffer.from('other bytes'));
    const file = join(folder, 'altered.onnx');
    const { code, said } = await pipeline(`champion --fetch ${file}`);
    assert.equal(code, 66);
    assert.match(said, /the champion, was altered: 'npx pipeline promote 20240101T000000 --reason TEXT' puts it back/);
    assert.ok(!existsSync(file));
    assert.match((await pipeline('doctor')).said.replaceAll(/\s+/g, ' '), /✘ champion .* was altered/);
    assert.match((await pipeline('promote 2024-01-01 --reason again')).said, /is champion already/);
    assert.equal((await pipeline(`champion --fetch ${file}`)).code, 0);
  });
});

describe('a run that succeeds', () => {
  const place = (name: string, settings: Record<string, string> = {}) => {
    const environment = { ARTIFACT_STORE: `file://${folder}/${name}`, PROMOTION: '', N_ESTIMATORS: '2', ...settings };
    return (line: string, more: Record<string, string> = {}) => pipeline(line, { ...environment, ...more });
  };

  test('makes its model the champion, as long as no later one is', async () => {
    const on = place('auto');
    assert.match((await on('run --logical-date 2024-01-11')).said, /the model of 20240111T000000 became the champion/);
    const older = /the model did not become the champion, whose loans are later/;
    assert.match((await on('run --logical-date 2024-01-01')).said, older);
    const shown = JSON.parse((await on('champion --json')).said);
    assert.partialDeepStrictEqual(shown, { timestamp: '20240111T000000', decidedBy: 'PROMOTION=auto', number: 1 });
    assert.match((await on('status 2024-01-01')).said, older);
    const rows = (await on('status')).said.match(/^2024.*$/gm)?.map((row) => row.split(/ {2,}/).at(-1));
    assert.deepEqual(rows, ['4 of 4 done', '4 of 4 done, champion']);
  });

  test('does not undo what a human has decided since', async () => {
    const on = place('human');
    for (const date of ['2024-01-01', '2024-01-11']) await on(`run --logical-date ${date}`);
    assert.equal((await on('rollback')).code, 0);
    assert.match((await on('run --logical-date 2024-01-11')).said, /was done already/);
    assert.equal(JSON.parse((await on('champion --json')).said).timestamp, '20240101T000000');
  });

  test('is a success whose model is rejected, where it does not pass', async () => {
    const on = place('gate', { GATE_MAX_ACCURACY: '0.1' });
    const { code, said } = await on('run --logical-date 2024-01-01');
    assert.equal(code, 0, said);
    assert.match(said, /the model was rejected: GATE_MAX_ACCURACY is 0\.1, and accuracy is [01]/);
    assert.equal((await on('champion')).code, 66);
    assert.match((await on('promote 2024-01-01 --reason anyway')).said, /is champion: anyway/);
  });

  test('again, with other settings, takes the champion from no one', async () => {
    const on = place('again');
    const file = join(folder, 'again.onnx');
    await on('run --logical-date 2024-01-01');
    const { sha256 } = JSON.parse((await on('champion --json')).said);
    const { said } = await on('run --logical-date 2024-01-01', { N_ESTIMATORS: '3', GATE_MAX_ACCURACY: '0.1' });
    assert.match(said, /the model was rejected: .*; the earlier one of its run stays the champion/);
    const fetched = await on(`champion --fetch ${file} --json`);
    assert.equal(fetched.code, 0, fetched.said);
    assert.equal(JSON.parse(fetched.said).sha256, sha256);
    assert.equal((await on('promote 2024-01-01 --reason anyway')).code, 0);
    assert.equal((await on('rollback')).code, 0);
    const another = JSON.parse((await on('champion --json')).said).before.model;
    await rm(join(folder, 'again', another));
    const gone = await on('rollback');
    assert.deepEqual(
      [gone.code, /is missing: 'npx pipeline promote 20240101T000000/.test(gone.said)],
      [66, true],
      gone.said,
    );
    assert.equal(JSON.parse((await on('champion --json')).said).sha256, sha256);
  });

  test('is compared with the champion on loans that neither was trained on', async () => {
    const on = place('compared', { GATE_MAX_DROP: '0.05', GATE_MIN_ROWS: '50', N_ESTIMATORS: '20' });
    const seed = (rows: number) => on(`seed-loans --rows ${rows} --replace`, { LOANS_TABLE: 'growing' });
    const run = (date: string, more: Record<string, string> = {}) =>
      on(`run --logical-date ${date}`, { LOANS_TABLE: 'growing', ...more });
    await seed(1000);
    assert.doesNotMatch((await run('2024-01-01')).said, /comparison/);
    assert.match((await run('2024-01-11')).said, /no fair comparison with 20240101T000000 .*: no loans were added/);
    await seed(3000);
    assert.match(
      (await run('2024-01-21')).said,
      /on 4\d\d loans that neither was trained on its ROC AUC is 0\.\d+, that of 20240111/,
    );
    await seed(5000);
    const { code, said } = await run('2024-01-31', { N_ESTIMATORS: '1', MAX_DEPTH: '1' });
    assert.equal(code, 0, said);
    assert.match(
      said,
      /rejected: GATE_MAX_DROP is 0\.05, and the drop of roc_auc is 0\.\d+; that of 20240121T000000 stays/,
    );
    assert.equal(JSON.parse((await on('champion --json')).said).timestamp, '20240121T000000');
    const { verdict } = JSON.parse((await on('status 2024-01-31 --json')).said);
    assert.ok(verdict.comparison.high < 0);
    const names = verdict.drift.map(({ name }: { name: string }) => name);
    assert.deepEqual(names.slice(-2), ['default_status', 'score']);
    assert.match(
      (await on('status 2024-01-31')).said,
      /of 7 columns and scores ha(s|ve) drifted from those of 20240121T000000|nothing of it has drifted/,
    );
  });
});
