import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { serve } from '../support/http-server.ts';
import { runCommand } from '../support/pipeline-command.ts';
import { useSeededLoans } from '../support/seeded-loans.ts';

describe('metrics of a run', () => {
  const loans = useSeededLoans();

  test('are printed, written to a file in one piece, and pushed as one group', async (t) => {
    const pushed: { method?: string | undefined; path?: string | undefined; body: string }[] = [];
    const url = await serve(t, async (request, response) => {
      assert.equal(request.headers.authorization, `Basic ${btoa('user:p@ss')}`);
      pushed.push({ method: request.method, path: request.url, body: await text(request) });
      response.end();
    });
    const PUSHGATEWAY_URL = url.replace('//', '//user:p%40ss@');
    const METRICS_FILE = join(loans.folder, 'pipeline.prom');
    const settings = { ARTIFACT_STORE: `file://${join(loans.folder, 'store')}`, DATABASE_URL: loans.postgres.url };
    const { code, said } = await runCommand(['schedule'], { ...settings, PUSHGATEWAY_URL, METRICS_FILE });
    assert.equal(code, 0, said);
    const written = await readFile(METRICS_FILE, 'utf8');
    assert.match(written, /^credit_default_pipeline_run_state\{state="success"\} 1$/m);
    assert.match(written, /^credit_default_pipeline_artifact_rows\{artifact="loans"\} 400$/m);
    assert.match(written, /^credit_default_pipeline_model_score\{score="roc_auc"\} 0\.\d+$/m);
    assert.deepEqual(
      pushed.map(({ method, path }) => `${method} ${path}`),
      ['PUT /metrics/job/credit_default_pipeline/dag/credit_default_pipeline'],
    );
    assert.equal(pushed[0]?.body, written);
    const { printed } = await runCommand(['metrics'], settings);
    const withoutAge = (page: string) => page.replace(/^.*age_seconds \d.*$/m, '');
    assert.equal(withoutAge(printed), withoutAge(written));
    assert.deepEqual((await readdir(loans.folder)).sort(), ['pipeline.prom', 'store']);
  });

  test('that cannot be published change nothing, and are said in the log', async () => {
    const settings = { ARTIFACT_STORE: `file://${join(loans.folder, 'store')}`, DATABASE_URL: loans.postgres.url };
    const METRICS_FILE = join(loans.folder, 'missing/pipeline.prom');
    const unwritten = await runCommand(['schedule'], { ...settings, METRICS_FILE });
    assert.equal(unwritten.code, 0, unwritten.said);
    assert.match(
      unwritten.said,
      /metrics could not be published, .*: METRICS_FILE .*pipeline\.prom cannot be written \(ENOENT\)/,
    );
    const PUSHGATEWAY_URL = 'http://user:the-token@127.0.0.1:1/';
    const unpushed = await runCommand(['schedule'], { ...settings, PUSHGATEWAY_URL });
    assert.equal(unpushed.code, 0, unpushed.said);
    assert.match(unpushed.said, /metrics could not be published/);
    assert.doesNotMatch(unpushed.said, /the-token/);
  });
});
