import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { overviewPageKey, runPageKey } from '../../tasks/artifacts/artifact-keys.ts';
import { excessWidth, looks, noBrowser, openPage, startBrowser } from '../support/browser.ts';
import { holdingForGood } from '../support/hold.ts';
import { type PipelineCommand, runCommand, startCommand } from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { seedTestLoans } from '../support/seed-test-loans.ts';
import { hostileTexts, writeHostileRuns, writeLargeStore } from './made-stores.ts';

const dagId = 'credit_default_pipeline';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate<{ violations: Violation[] }>('axe.run()');
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/** Serves the store, and prints its address. */
async function startUi(environment: Readonly<Record<string, string>>, ...options: readonly string[]) {
  const command = startCommand(['ui', ...options], environment);
  await command.until(/http:\S+\n/);
  return { command, url: /http:\S+(?=\/\n)/.exec(command.printed())?.[0] ?? '' };
}

async function stopped({ command }: { readonly command: PipelineCommand }): Promise<void> {
  command.child.kill('SIGTERM');
  await command.ended;
}

describe('the status pages in a browser', { skip: noBrowser, timeout: 300_000 }, () => {
  let browser: Browser;
  let postgres: TestPostgres;
  let directory: string;
  let environment: Readonly<Record<string, string>>;

  before(async () => {
    [browser, postgres] = await Promise.all([startBrowser(), startPostgres()]);
    await seedTestLoans(postgres.url, 300);
    directory = await mkdtemp(join(tmpdir(), 'pages-'));
    environment = { ARTIFACT_STORE: `file://${directory}`, DATABASE_URL: postgres.url };
    const run = (date: string, more = {}) => runCommand(['run', '--logical-date', date], { ...environment, ...more });
    assert.equal((await run('2024-01-01')).code, 0);
    assert.equal((await run('2024-01-11', { LOANS_TABLE: 'nowhere' })).code, 1);
    assert.equal((await run('2024-01-21', { N_ESTIMATORS: '6' })).code, 0);
  });

  after(async () => {
    await Promise.all([browser?.close(), postgres?.stop()]);
    await rm(directory, { recursive: true, maxRetries: 10 });
  });

  for (const look of looks) {
    it(`are accessible and fit, stored and served, ${look.colorScheme} at ${look.width} px`, async (t) => {
      const ui = await startUi(environment);
      t.after(() => stopped(ui));
      const runs = ['20240101T000000', '20240111T000000'];
      const urls = [
        `file://${directory}/${overviewPageKey(dagId)}`,
        ...runs.map((timestamp) => `file://${directory}/${runPageKey(dagId, timestamp)}`),
        `${ui.url}/index.html`,
        ...runs.map((timestamp) => `${ui.url}/runs/${timestamp}/index.html`),
        `${ui.url}/confirm?do=clear&run=2024-01-01&task=train_model`,
        `${ui.url}/nowhere`,
      ];
      for (const url of urls) {
        const { page, complaints } = await openPage(t, browser, url, look);
        assert.deepEqual(
          complaints.filter((text) => !text.includes('404')),
          [],
          url,
        );
        assert.equal(await excessWidth(page), 0, url);
        assert.deepEqual(await violations(page), [], url);
      }
    });
  }

  it('link to each other, to artifacts and to logs, from the store and from the server alike', async (t) => {
    const ui = await startUi(environment);
    t.after(() => stopped(ui));
    for (const root of [`file://${directory}/${dagId}`, ui.url]) {
      const { page } = await openPage(t, browser, `${root}/index.html`);
      await page.getByRole('link', { name: '2024-01-01', exact: true }).click();
      await page.getByRole('link', { name: 'All runs' }).click();
      await page
        .getByRole('link', { name: /^train_model success/ })
        .first()
        .click();
      assert.match(page.url(), /20240121T000000\/index\.html#train_model$/);
      assert.match(await page.locator('#differences').innerText(), /N_ESTIMATORS\s+5\s+6/);
      await page.getByRole('link', { name: 'Report of its model' }).click();
      await page.getByRole('heading', { name: 'How well the model foresees defaults' }).waitFor();
    }
  });

  it('a run is started from the page by keyboard, and watched to its end without a reload', async (t) => {
    const ui = await startUi(environment);
    t.after(() => stopped(ui));
    const { page, complaints } = await openPage(t, browser, `${ui.url}/index.html`);
    await page.getByText('Live.').waitFor();
    const rows = await page.locator('.grid tbody tr').count();
    await page.getByRole('button', { name: 'Run now' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Start a run now' }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/index\.html$/);
    await page.evaluate('window.isSamePage = true');
    await page.locator('.grid tbody tr').nth(rows).waitFor();
    await page
      .locator('.grid tbody tr')
      .first()
      .getByRole('link', { name: /evaluate_model success/ })
      .waitFor();
    await page.getByText(/pipeline run --manual is done/).waitFor();
    assert.equal(await page.evaluate('window.isSamePage'), true);
    assert.deepEqual(complaints, []);
  });

  it('a task is cleared and done again by keyboard, and what follows it too', async (t) => {
    const ui = await startUi({ ...environment, N_ESTIMATORS: '6' });
    t.after(() => stopped(ui));
    const { page } = await openPage(t, browser, `${ui.url}/runs/20240121T000000/index.html`);
    await page.getByRole('combobox').selectOption('train_model');
    await page.getByRole('button', { name: 'Clear' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('train_model, evaluate_model: attempts under way are ended').waitFor();
    await page.keyboard.press('Enter');
    await page.locator('#evaluate_model ~ tr', { hasText: 'attempt 2' }).getByText('succeeded').waitFor();
    assert.equal(await page.locator('tr', { hasText: 'attempt 2' }).count(), 2);
  });

  it('a run that goes on is stopped from its page, and its log is followed', async (t) => {
    const held = { ...environment, ...holdingForGood('train_model/20240210T000000.onnx') };
    const run = startCommand(['run', '--logical-date', '2024-02-10'], held);
    await run.until(/train_model attempt 1 runs/);
    const ui = await startUi(environment);
    t.after(() => stopped(ui));
    const { page } = await openPage(t, browser, `${ui.url}/runs/20240210T000000/index.html`);
    await page.getByText('train_model, attempt 1').click();
    await page.locator('#log-train_model-1 pre').getByText('of run scheduled__2024-02-10').waitFor();
    await page.getByRole('button', { name: 'Stop the run' }).click();
    await page.getByRole('button', { name: 'Do it' }).click();
    await page.locator('#tasks').getByText('failed', { exact: true }).waitFor();
    assert.equal(await run.ended, 1);
    assert.match(
      (await runCommand(['status', '2024-02-10'], environment)).printed,
      /train_model +failed\s+stopped by hand/,
    );
  });

  it('a page whose server went away says so, and catches up once it is back', async (t) => {
    const first = await startUi(environment, '--port', '0');
    const { page } = await openPage(t, browser, `${first.url}/index.html`);
    await page.getByText('Live.').waitFor();
    await stopped(first);
    await page.getByText('The server does not answer').waitFor();
    assert.equal((await runCommand(['run', '--logical-date', '2024-03-01'], environment)).code, 0);
    const second = await startUi(environment, '--port', new URL(first.url).port);
    t.after(() => stopped(second));
    await page.getByRole('link', { name: '2024-03-01', exact: true }).waitFor();
    await page.getByText('Live.').waitFor();
  });

  it('markup in reasons, logs and names is shown and never run, and breaks no layout', async (t) => {
    const store = await mkdtemp(join(tmpdir(), 'hostile-'));
    t.after(() => rm(store, { recursive: true, maxRetries: 10 }));
    const timestamps = await writeHostileRuns(store);
    const settings = { ARTIFACT_STORE: `file://${store}` };
    assert.equal((await runCommand(['pages'], settings)).code, 0);
    const ui = await startUi(settings);
    t.after(() => stopped(ui));
    for (const { width } of looks.filter(({ colorScheme }) => colorScheme === 'light')) {
      const { page, complaints } = await openPage(t, browser, `${ui.url}/index.html`, { width, colorScheme: 'light' });
      let shown = await page.content();
      for (const timestamp of timestamps) {
        for (const root of [ui.url, `file://${store}/${dagId}`]) {
          await page.goto(`${root}/runs/${timestamp}/index.html`);
          assert.equal(await excessWidth(page), 0, timestamp);
        }
        await page.evaluate(`for (const details of document.querySelectorAll('details')) details.open = true`);
        assert.equal(await excessWidth(page), 0, `${timestamp} with its logs`);
        shown += await page.innerText('body');
      }
      assert.deepEqual(complaints, []);
      assert.deepEqual(
        hostileTexts.filter((text) => !shown.includes(text.trim().slice(0, 40))),
        [],
      );
    }
  });

  it('500 runs, and a run of 200 attempts, stay under a megabyte', async (t) => {
    const store = await mkdtemp(join(tmpdir(), 'large-'));
    t.after(() => rm(store, { recursive: true, maxRetries: 10 }));
    const timestamp = await writeLargeStore(store);
    const ui = await startUi({ ARTIFACT_STORE: `file://${store}` });
    t.after(() => stopped(ui));
    for (const path of ['/index.html', `/runs/${timestamp}/index.html`]) {
      const bytes = (await (await fetch(ui.url + path)).arrayBuffer()).byteLength;
      assert(bytes > 100_000 && bytes < 1_000_000, `${path} has ${bytes} bytes`);
      const { page } = await openPage(t, browser, ui.url + path);
      const { duration } = await page.evaluate<{ duration: number }>(
        "performance.getEntriesByType('navigation')[0].toJSON()",
      );
      t.diagnostic(`${path}: ${bytes} bytes, opened in ${Math.round(duration)} ms`);
    }
  });

  it('stored pages are whole files beside the artifacts', async () => {
    assert((await stat(join(directory, overviewPageKey(dagId)))).size > 1000);
  });
});
