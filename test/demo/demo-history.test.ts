import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCommand } from '../support/pipeline-command.ts';

const entrypoint = 'test/demo/demo-history.ts';

test('the history ignores settings of the environment, and a wrong command line is one sentence', async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'demo-'));
  t.after(() => rm(data, { recursive: true, maxRetries: 10 }));
  const settings = { DATASET: '/nowhere', LOANS_TABLE: 'nowhere', PGPORT: 'x', RETRIES: 'many' };
  const made = await runCommand(['--runs', '1', '--data', data], settings, entrypoint);
  assert.equal(made.code, 0, made.said);
  assert.match(made.printed, /^\d{4}-\d\d-\d\d ended with 0$/m);
  const wrong = await runCommand(['--runs', 'x'], {}, entrypoint);
  assert.deepEqual([wrong.code, wrong.said], [1, '--runs must be a whole number, 1 or more; found "x"\n']);
});
