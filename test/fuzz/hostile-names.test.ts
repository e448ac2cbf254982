import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { dumpYaml } from '@kubernetes/client-node';
import fc from 'fast-check';
import { parse } from 'yaml';
import { jobManifest } from '../../pipeline/executors/kubernetes/job-manifest.ts';
import { DirectoryStore } from '../../tasks/artifacts/stores/directory/directory-store.ts';
import { Dataset, ofCreditDefault } from '../../tasks/dataset/dataset.ts';
import { LoansQuery, quotedTable } from '../../tasks/loans/loans-query.ts';
import { columnsQuery } from '../../tasks/loans/loans-table.ts';
import { createLog, logLineSchema, textOf } from '../../tasks/runtime/log.ts';
import { readTaskSettings } from '../../tasks/runtime/settings.ts';
import { chaosCases, chaosSeed } from '../support/chaos-cases.ts';
import { runCommand } from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { dag, run } from '../support/run-records.ts';
import { cluster, clusterEnvironment } from '../support/test-cluster.ts';
import { createTestLoans } from '../support/test-loans.ts';

/** Every statement that is sent for a dataset. */
function statementsOf(dataset: Dataset): string[] {
  const [start, end] = [new Date('2024-01-01'), new Date('2024-01-11')];
  const dates = { logical_date: start, data_interval_start: start, data_interval_end: end };
  const query = new LoansQuery(
    { dataset, dates, isAsOf: dataset !== ofCreditDefault && dataset.spec.time !== 'created_at' },
    new Map(),
  );
  return [query.copy(), query.ambiguousIds(), ...dataset.columns.map((column) => query.offenders(column, 'null'))];
}

const options = { seed: chaosSeed, numRuns: chaosCases * 4 };

/** What means something to a language that a name gets into, and plain letters between. */
const pieces = [
  ...['"', '""', "'", ';', '--', '/*', '*/', '$$', '\\', '.', '..', '/', '%', '`', '$(touch owned)', '&& touch owned'],
  ...['DROP TABLE loans', '"; DROP TABLE loans; --', 'loans', 'UNION SELECT', 'a', 'ä', '🚀', ' ', '\t', '\n', '\r'],
  ...[
    ': ',
    '- ',
    '# ',
    '!!js/function',
    '&a',
    '*a',
    '<<',
    '{{',
    '}}',
    '[',
    '|',
    '>',
    '%YAML',
    '---',
    '...',
    '~',
    'yes',
  ],
  ...[
    'null',
    '0x1f',
    '1e3',
    '012',
    '1:30',
    '2024-01-01',
    '=',
    '@',
    '\u0085',
    '\u2028',
    '\ufeff',
    '\u001b[31m',
    '\u009b2J',
  ],
  ...[
    '\n12:00:00 INFO done',
    '{"level":"ERROR","message":"forged"}',
    '\u0007',
    '\u0000',
    '\ud800',
    '$',
    '$' + '{HOME}',
    '$(RUN_ID)',
  ],
];
/** Each ends one of the statements well, where its quotes are not doubled, and begins another. */
const injections = [
  'loans" ORDER BY id) TO STDOUT; DELETE FROM loans; --',
  'loans" GROUP BY id) ids; DELETE FROM loans; --',
  'loans" loan; DELETE FROM loans; --',
];
const hostile = fc
  .array(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...pieces) }, fc.string({ unit: 'binary', maxLength: 4 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join(''));
/** As an environment or a database can hold it. */
const hostileText = hostile.map((text) => text.toWellFormed().replaceAll('\0', '')).filter((text) => text !== '');

describe('a hostile name of a table', () => {
  let postgres: TestPostgres;
  before(async () => {
    postgres = await startPostgres();
    await createTestLoans(postgres, 'loans', 3);
  });
  after(() => postgres?.stop());

  const state = () =>
    postgres.query(`SELECT (SELECT count(*) FROM loans) AS loans, (SELECT sum(age) FROM loans) AS ages,
      (SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace) AS tables,
      (SELECT string_agg(rolname, ',') FROM pg_roles) AS roles`);
  const fits = (name: string) => Buffer.byteLength(name) <= 63 && !name.includes('.');

  it('is the name of no other table, and does nothing else in a real PostgreSQL', async (t) => {
    const before = await state();
    await fc.assert(
      fc.asyncProperty(hostileText, async (name) => {
        for (const sql of statementsOf(ofCreditDefault.withTable(name)))
          await postgres.query(sql).then(
            () => assert.equal(name, 'loans'),
            (error) => assert.match(error.code, /^(42P01|3F000|0A000|42601|42602|42622)$/, `${sql}: ${error}`),
          );
      }),
      {
        ...options,
        numRuns: Math.ceil(options.numRuns / 10),
        examples: injections.map((name) => [name]),
      },
    );
    assert.deepEqual(await state(), before);
    t.diagnostic(`CHAOS_SEED=${chaosSeed}`);
  });

  it('nor does the name of a column, or a value of a category', async () => {
    const before = await state();
    await fc.assert(
      fc.asyncProperty(hostileText, async (text) => {
        const { spec } = ofCreditDefault;
        const category = { type: 'category' as const, values: [text, `${text}'`] };
        const label = { column: text, positive: text };
        for (const dataset of [
          new Dataset({ ...spec, id: text, time: text, label }),
          new Dataset({ ...spec, features: { [text]: { type: 'timestamp' }, age: category } }),
        ])
          for (const sql of statementsOf(dataset))
            await postgres
              .query(sql)
              .catch((error) => assert.match(error.code, /^42703|^42601|^42883$/, `${sql}: ${error}`));
      }),
      { ...options, numRuns: Math.ceil(options.numRuns / 10) },
    );
    assert.deepEqual(await state(), before);
  });

  it('finds the table of exactly that name', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText.filter(fits), async (name) => {
        const quoted = quotedTable(name);
        await postgres.query(`CREATE TABLE IF NOT EXISTS ${quoted} (a integer)`);
        const literal = `'${quoted.replaceAll("'", "''")}'`;
        const [found] = await postgres.query(`SELECT relname FROM pg_class WHERE oid = to_regclass(${literal})`);
        assert.equal(found?.relname, name);
        const columns = await postgres.query(columnsQuery.replace('$1', () => literal));
        if (name !== 'loans') {
          assert.deepEqual(
            columns.map((column) => column.name),
            ['a'],
          );
          await postgres.query(`DROP TABLE ${quoted}`);
        }
      }),
      { ...options, numRuns: Math.ceil(options.numRuns / 10) },
    );
  });

  it('is refused as a setting, or is a plain name', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.constantFrom('loans', 'risk.loans', '_1$')), (LOANS_TABLE) => {
        try {
          const found = readTaskSettings({ LOANS_TABLE }).LOANS_TABLE;
          assert.match(found ?? '', /^[A-Za-z0-9_$.]+$/);
        } catch (error) {
          assert(
            error instanceof Error && error.name === 'UsageError' && error.message.includes('LOANS_TABLE'),
            String(error),
          );
        }
      }),
      options,
    );
  });
});

describe('a hostile setting', () => {
  /** Without `.` and `1e3012`: numbers by the letter of YAML, not for kubectl, which asks whether they are finite. */
  const settable = hostileText.filter((text) => !/^[-+]?[._]+$/.test(text) && Math.abs(Number(text)) !== Infinity);
  const [task] = dag.tasks;
  const environmentOf = (manifest: unknown) => {
    const { env } = Object(manifest).spec.template.spec.containers[0];
    return Object.fromEntries(
      env.map(({ name, value }: Record<'name' | 'value', string>) => [name, expanded(value, env)]),
    );
  };

  it('comes out of a Job’s manifest as it went in, in YAML 1.1 and 1.2', () => {
    assert(task);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('A', 'B', 'C'), settable), (environment) => {
        const spec = { run, task, number: 1, placement: 'spot' } as const;
        const manifest = jobManifest(spec, dag.dagId, cluster, environment);
        const yaml = dumpYaml(manifest, { noRefs: true, lineWidth: -1 });
        for (const version of ['1.1', '1.2'] as const)
          assert.deepEqual(environmentOf(parse(yaml, { version })), { ...environment }, yaml);
      }),
      { ...options, numRuns: Math.ceil(options.numRuns / 4) },
    );
  });

  it('comes out of `manifests` as it went in', async () => {
    const [AWS_REGION = ''] = fc.sample(settable, { seed: chaosSeed, numRuns: 1 });
    const given = { AWS_REGION, AWS_ENDPOINT_URL_S3: `http://h/${pieces.slice(0, 40).join(' ').replaceAll('\0', '')}` };
    const environment = { ...clusterEnvironment, ARTIFACT_STORE: '', S3_BUCKET: 'bucket', ...given };
    const { code, printed, said } = await runCommand(['manifests', '--logical-date', '2024-01-01'], environment);
    assert.equal(code, 0, said);
    for (const yaml of printed.split(/^---\n/m)) {
      const found = environmentOf(parse(yaml, { version: '1.1' }));
      for (const [name, value] of Object.entries(given)) assert.equal(found[name], value);
    }
  });
});

/** What the kubelet makes of a value: `$$` is `$`, and `$(NAME)` another variable. */
function expanded(value: string, env: readonly { readonly name: string; readonly value: string }[]): string {
  return value.replaceAll(/\$\$|\$\(([^)]*)\)/g, (text, name) =>
    text === '$$' ? '$' : (env.find((other) => other.name === name)?.value ?? text),
  );
}

describe('a hostile text in a log', () => {
  before(() => {
    delete process.env.FORCE_COLOR;
    process.env.NO_COLOR = '1';
  });

  /** What stands on stdout and stderr, and in the sink. */
  function logged(format: 'text' | 'json', message: string, fields: Record<string, unknown>) {
    const written: string[] = [];
    const sunk: string[] = [];
    const stream = Object.assign(Object.create(process.stdout), {
      write: (text: string) => written.push(text) > 0,
    });
    createLog(format, { task: 'fetch_data' }, (line) => sunk.push(line), [], stream).info(message, fields);
    return { written: written.join(''), sunk: sunk.join('') };
  }

  it('is one line of JSON, and comes back as it was', () => {
    fc.assert(
      fc.property(hostile, hostile, (message, field) => {
        const { written, sunk } = logged('json', message, { field });
        assert.equal(written, sunk);
        assert.equal(written.trimEnd().split('\n').length, 1);
        const line = logLineSchema.parse(JSON.parse(written));
        assert.deepEqual([line.level, line.message, line.field, line.task], ['INFO', message, field, 'fetch_data']);
      }),
      options,
    );
  });

  it('begins no line of its own as text, and holds no code that a terminal obeys', () => {
    fc.assert(
      fc.property(hostile, hostile, (message, field) => {
        const line = { time: '2024-01-01T12:34:56.000Z', level: 'INFO', message, field } as const;
        const texts = [logged('text', message, { field }).written.trimEnd(), textOf(line, [])];
        for (const text of texts) {
          const [, ...others] = text.split(/\r?\n/);
          for (const other of others) assert.match(other, /^( {2}|$)/, JSON.stringify(text));
          assert.doesNotMatch(text, /[^\P{Cc}\n\t]/u, JSON.stringify(text));
        }
      }),
      options,
    );
  });
});

describe('a hostile key', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hostile-keys-'));
    await writeFile(join(folder, 'outside'), 'untouched');
  });
  after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));

  it('is refused, or names a file within the store', async () => {
    const store = new DirectoryStore(join(folder, 'store'));
    await store.ensureBucket();
    const part = fc.constantFrom(
      '..',
      '.',
      '',
      'a',
      'b',
      '...',
      '.. ',
      '%2e%2e',
      '..\\',
      '\\..',
      '.store',
      '~',
      '/',
      'ä',
      '..\0',
      'outside',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 5 }), async (parts) => {
        const key = parts.join('/');
        const bytes = Buffer.from(key);
        try {
          await store.put(key, bytes);
          assert.deepEqual(Buffer.concat(await Array.fromAsync((await store.get(key))?.body ?? [])), bytes);
          assert((await readdir(join(folder, 'store'), { recursive: true })).includes(key), key);
          await store.delete(key);
        } catch (error) {
          const name = error instanceof Error ? error.name : '';
          assert(['RangeError', 'InvalidStoreSettings'].includes(name), `${key}: ${error}`);
        }
        assert.deepEqual((await readdir(folder)).toSorted(), ['outside', 'store']);
      }),
      { ...options, numRuns: Math.ceil(options.numRuns / 2) },
    );
  });
});
