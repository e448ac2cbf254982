import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import { alertEvents } from '../../pipeline/monitoring/alert.ts';
import { readPipelineSettings } from '../../pipeline/settings/pipeline-settings.ts';
import { parseDataset } from '../../tasks/dataset/read-dataset.ts';
import { allScenarios } from '../e2e/scenarios/all-scenarios.ts';
import { featureNames, limits } from '../support/article-columns.ts';
import { datasetSchemaText, envExample, groups, settingNames, settingsPage } from './settings-documents.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...globSync('docs/*.md', { cwd: root })];
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const usages = globSync('pipeline/commands/*.ts', { cwd: root }).flatMap((path) => [
  ...read(path).matchAll(/^ {2}usage: '([^']+)'/gm),
]);
const commands = new Map(usages.map(([, usage = '']) => [usage.split(' ')[0], usage]));

/** Names in capitals that are no settings of ours. */
const otherNames =
  /^(E2E_|CHAOS_|AWS_|IMAGE_|SEED_ROWS|GOLDEN_DIR|PYTHON_CHROOT|BRANCH_|NODE_OPTIONS|NO_COLOR|FEATURE_)|^(README|CHANGELOG|CONTRIBUTING|MIT)$/;

for (const path of documents) {
  const text = read(path);

  test(`${path} names only files that exist`, () => {
    const named = [...text.matchAll(/\b(?:pipeline|tasks|images|k8s|docs|test|\.github)\/[\w./-]*\w\/?/g)].map(
      ([file]) => file,
    );
    const linked = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = '']) => join(dirname(path), link));
    const missing = [...named, ...linked].filter((file) => !existsSync(join(root, file)));
    assert.deepEqual(missing, []);
  });

  test(`${path} names only scripts and commands that exist, with their options`, () => {
    const scripts: Readonly<Record<string, string>> = packageJson.scripts;
    for (const [, script = ''] of text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)) assert(script in scripts, script);
    for (const [, line = ''] of text.matchAll(/npx pipeline ([^\n#`]+)/g)) {
      const [name = '', ...args] = line.trim().split(/\s+/);
      if (name === '…') continue;
      const usage = commands.get(name);
      assert(usage, `${name} is no command`);
      for (const option of args.filter((arg) => arg.startsWith('--')))
        assert(usage.includes(option), `${name} ${option}`);
    }
  });

  test(`${path} names only settings that are declared`, () => {
    const named = [...text.matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g)].map(([, name = '']) => name);
    assert.deepEqual(
      named.filter((name) => !settingNames.has(name) && !otherNames.test(name)),
      [],
    );
  });
}

test('README is short', () => {
  assert(read('README.md').split('\n').length <= 120);
});

test('the settings page and .env.example are what `npm run docs` makes of the declarations', () => {
  assert.equal(read('docs/settings.md'), settingsPage());
  assert.equal(read('docs/dataset.schema.json'), datasetSchemaText());
  assert.equal(read('.env.example'), envExample(read('compose.yaml')));
});

test('the data page names the columns with their limits, and that on the model has them in its order', () => {
  const page = read('docs/data.md');
  const found = [...page.matchAll(/^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$/gm)].map(([, name, rule]) => [name, rule]);
  const rules = limits.map(({ name, rule }) => [name, rule]);
  assert.deepEqual(found.slice(1, 1 + rules.length), rules);
  assert(read('docs/use-the-model.md').includes(`\`${featureNames.join()}\``));
});

test('the dataset that the page on own tables shows is one', () => {
  const [, text = ''] = /```yaml\n(# yaml-language-server[\s\S]*?)```/.exec(read('docs/your-own-table.md')) ?? [];
  assert.deepEqual(
    parseDataset(text).columns.map(({ name }) => name),
    ['income', 'employment', 'is_owner', 'bureau_hits', 'opened', 'defaulted'],
  );
});

test('the monitoring page names every event, and its templates are accepted', () => {
  const page = read('docs/monitoring.md');
  for (const event of alertEvents.filter((name) => name !== 'test')) assert(page.includes(`alert \`${event}\``), event);
  const templates = [...page.matchAll(/^ALERT_TEMPLATE='(.*)'/gm)].map(([, template = '']) => template);
  assert.equal(templates.length, 3);
  for (const ALERT_TEMPLATE of templates) assert.doesNotThrow(() => readPipelineSettings({ ALERT_TEMPLATE }));
});

test('every setting that compose passes on is declared', () => {
  const [, shared = ''] = /(x-store:[\s\S]*)x-confined:/.exec(read('compose.yaml')) ?? [];
  const passed = [...shared.matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map(([, name = '']) => name);
  assert(passed.length > 20);
  assert.deepEqual(
    passed.filter((name) => !settingNames.has(name)),
    [],
  );
});

test('compose passes on every setting but those of a cluster, of an attempt, and files outside its containers', () => {
  const compose = read('compose.yaml');
  const others = groups.filter(({ title }) => title === 'A cluster' || title.startsWith('An attempt'));
  const notMeant = [
    ...others.flatMap(({ shape }) => Object.keys(shape)),
    ...['AWS_ENDPOINT_URL', 'PGDATABASE', 'PGSSLROOTCERT', 'METRICS_FILE', 'UI_TOKEN'],
  ];
  const left = [...settingNames].filter((name) => !new RegExp(`^ +${name}:`, 'm').test(compose));
  assert.deepEqual(left.toSorted(), notMeant.filter((name) => name !== 'LOGICAL_DATE').toSorted());
});

test('the scenarios that the operations page names are those of the end-to-end tests', () => {
  const [, table = ''] = /(\| what dies[\s\S]*?)\n\n/.exec(read('docs/operations.md')) ?? [];
  const named = [...table.matchAll(/`([a-z0-9]+(?:-[a-z0-9]+)+)`/g)].map(([, name = '']) => name);
  assert(named.length > 10);
  const known = new Set<string>(allScenarios.map(({ name }) => name));
  assert.deepEqual(
    named.filter((name) => !known.has(name)),
    [],
  );
});
