import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { createTestLoans } from '../support/test-loans.ts';

/**
 * What people mistype and what machines do to them: each gives one sentence a fault, the right exit code, no stack and no
 * secret.
 */
type Case = readonly [args: string, code: number, says: RegExp, environment?: Readonly<Record<string, string>>];

const words = (text: string) => text.split(' ');
const root = fileURLToPath(new URL('../..', import.meta.url));
const password = 'never-to-be-shown';
const atOnce = 6;
const secondsAllowed = 60;

let folder: string;
let postgres: TestPostgres;
/** Fills in `{store}`, `{folder}` and `{database}`. */
const filled = (given: string) =>
  given
    .replaceAll('{store}', `file://${folder}/store`)
    .replaceAll('{folder}', folder)
    .replaceAll('{database}', postgres.url);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostile-'));
  for (const name of ['empty', 'fetch/.store']) await mkdir(join(folder, name), { recursive: true });
  postgres = await startPostgres();
});

after(async () => {
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

async function run([args, , , environment = {}]: Case) {
  const [entrypoint = '', ...rest] = args.split(' ').map((arg) => filled(arg.replaceAll('␣', ' ')));
  const path = join(root, entrypoint.endsWith('.ts') ? entrypoint : 'pipeline/cli.ts');
  const given = entrypoint.endsWith('.ts') ? rest : [entrypoint, ...rest].filter((arg) => arg !== '∅');
  const settings = Object.entries(environment).map(([name, value]) => [name, filled(value)]);
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    N_ESTIMATORS: '3',
    RETRIES: '0',
    ...Object.fromEntries(settings),
  };
  const child = spawn(process.execPath, [path, ...given.map((arg) => (arg === '""' ? '' : arg))], {
    env,
    cwd: join(folder, 'empty'),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: secondsAllowed * 1000,
  });
  const [[code, signal], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code: code ?? signal, stdout, stderr };
}

/** What is wrong with how a command ended; undefined when nothing is. */
async function faultOf(given: Case): Promise<string | undefined> {
  const [args, code, says, environment] = given;
  const found = await run(given);
  const output = found.stdout + found.stderr;
  const faults = [
    found.code === code ? '' : `exit ${found.code}, expected ${code}`,
    says.test(output) || says.test(output.replaceAll(/\s+/g, ' ')) ? '' : `no ${says}`,
    /this is a bug|^\s+at /m.test(output) ? 'a bug' : '',
    output.includes(password) ? 'the password is shown' : '',
    output.includes('\u001b[') && !environment?.FORCE_COLOR ? 'control codes' : '',
  ].filter((fault) => fault !== '');
  if (faults.length === 0) return undefined;
  return `${args} ${JSON.stringify(environment ?? {})}: ${faults.join(', ')}\n${output}`;
}

function refuses(theme: string, cases: () => readonly Case[]): void {
  test(theme, async () => {
    const waiting = [...cases()];
    const faults: string[] = [];
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) faults.push((await faultOf(next)) ?? '');
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    assert.equal(faults.filter((fault) => fault !== '').join('\n'), '');
  });
}

/** Where no other is given. */
const store = { ARTIFACT_STORE: '{store}' };
const commands = words('start run schedule backfill status diff logs clear alert seed-loans manifests doctor');

const operandsOf: Readonly<Record<string, string>> = {
  logs: ' 2024-01-01 train_model',
  clear: ' 2024-01-01',
  diff: ' 2024-01-01 2024-01-11',
};

describe('a command line that cannot be meant', () => {
  refuses('names no command', () =>
    words('star Run RUN runn -run "" __proto__ constructor toString 🚀 ../run --run -x 0 null').map(
      (name): Case => [name, 64, /is no command: expected one of start, run/, store],
    ),
  );

  refuses('gives an option that is not there, or an operand too many', () =>
    commands.flatMap((name): Case[] => {
      const operands = operandsOf[name] ?? '';
      const enough = name === 'status' ? ' 2024-01-01' : operands;
      return [
        [`${name}${operands} --frce`, 64, /--frce.*see .*--help/s, store],
        [`${name}${operands} -z`, 64, /-z.*see .*--help/s, store],
        [`${name}${enough} surplus`, 64, /expected nothing more, found "surplus"/, store],
        [`${name} --help --frce`, 0, /Example: /, store],
      ];
    }),
  );

  refuses('leaves an operand or a value out', () => [
    ['logs', 64, /expected RUN and TASK/, store],
    ['logs 2024-01-01', 64, /expected TASK/, store],
    ['clear', 64, /expected RUN/, store],
    ['diff 2024-01-01', 64, /expected another RUN/, store],
    ['backfill --from 2024-01-01', 64, /expected --from and --to/, store],
    ['backfill --from --to 2024-01-01', 64, /--from/, store],
    ['clear 2024-01-01 --task', 64, /--task/, store],
    ['run --logical-date', 64, /--logical-date/, store],
    ['run --logical-date --manual', 64, /--logical-date/, store],
    ['run --executor', 64, /--executor/, store],
    ['start --data', 64, /--data/],
    ['seed-loans --rows', 64, /--rows/, store],
  ]);

  refuses('gives a number that is none', () =>
    words('0 -1 1.5 1e3 0x10 ten "" ␣5 99999999999999999999 NaN Infinity ５').flatMap((rows): Case[] => [
      [`start --rows=${rows.replace('""', '')}`, 64, /--rows must be a whole number, 1 or more; found/],
      [`seed-loans --rows=${rows.replace('""', '')}`, 64, /--rows must be a whole number/, store],
    ]),
  );

  refuses('gives an attempt or a seed that is none', () =>
    ['-1', 'x', '1.5', '1e9'].flatMap((value): Case[] => [
      [`logs 2024-01-01 train_model --attempt=${value}`, 64, /--attempt must be a whole number/, store],
      [`seed-loans --rows 5 --seed=${value}`, 64, /--seed must be a whole number/, store],
    ]),
  );

  refuses('gives a date that is none, or no run', () =>
    [
      'yesterday',
      '2024-02-30',
      '2024-13-01',
      '2024-00-10',
      '24-01-01',
      '2024-1-1',
      '01/11/2024',
      '2024-01-01T25:00:00Z',
      '2024-01-01T10:61:00Z',
      '2024-01-01T00:00:00+01:00',
      '2024-01-01T00:00',
      '20240101',
      '1704067200',
      '""',
      '␣',
      '../../etc/passwd',
      'manual__',
      'scheduled__2024',
      '2024-01-01Z',
      '２０２４-01-01',
      '2023-12-31',
      '1969-07-20',
      '9999-12-31',
      '0000-01-01',
      `2024-01-01${'0'.repeat(5000)}`,
      '2024-01-01%00',
      'latest',
      'NaN',
    ].map((date): Case => [`run --logical-date=${date.replace('""', '')}`, 64, /is not a date|logical date/, store]),
  );

  refuses('names a task or an executor that is not there', () => [
    ...words('train TRAIN_MODEL train-model __proto__ "" fetch_data,train_model * ../fetch_data').flatMap(
      (name): Case[] => [
        [`logs 2024-01-01 ${name}`, 64, /task/, store],
        [`clear 2024-01-01 --task=${name.replace('""', '')}`, 64, /task/, store],
      ],
    ),
    ['run --executor docker', 64, /executor/, store],
    ['run --executor Kubernetes', 64, /executor/, store],
    ['run --executor=', 64, /executor/, store],
    ['run --executor kubernetes', 64, /NAMESPACE|cluster/, store],
    ['run --manual --logical-date 2024-01-01', 64, /exclude each other/, store],
    ['clear 2024-01-11', 64, /there is no run/, store],
    ['logs 2024-01-11 train_model', 64, /there is no run scheduled__2024-01-11.*npx pipeline status/, store],
  ]);

  refuses('gives a task of its own what it does not take', () =>
    ['create-bucket', 'fetch-data', 'train-model', 'evaluate-model'].flatMap((name): Case[] => [
      [`tasks/${name}.ts --forc`, 64, /--forc/, store],
      [`tasks/${name}.ts surplus`, 64, /surplus/, store],
      [`tasks/${name}.ts --logical-date`, 64, /--logical-date/, store],
      [`tasks/${name}.ts --logical-date=2024-02-30`, 64, /"2024-02-30" is not a date/, store],
      [`tasks/${name}.ts`, 64, /ATTEMPT must be/, { ...store, ATTEMPT: 'first' }],
      [`tasks/${name}.ts`, 64, /is not a date/, { ...store, LOGICAL_DATE: 'soon' }],
      [`tasks/${name}.ts --help`, 0, /Settings come from/, { LOG_FORMAT: 'xml' }],
    ]),
  );
});

describe('a setting that cannot be meant', () => {
  const numbers = words(
    'N_ESTIMATORS MAX_DEPTH RANDOM_STATE TEST_SIZE THREADS CHECKPOINT_AFTER_SECONDS RETRIES RETRY_DELAY_SECONDS MAX_RETRY_DELAY_SECONDS EXECUTION_TIMEOUT_SECONDS GRACE_PERIOD_SECONDS MAX_PREEMPTIONS PGPORT DATABASE_SILENCE_SECONDS',
  );

  refuses('is a number that is none, or out of range', () =>
    numbers.flatMap((name) =>
      ['many', '-1', '4,5'].map(
        (value): Case => [
          'status',
          64,
          new RegExp(`^${name} must be .*, found "${value}"`, 'm'),
          { ...store, [name]: value },
        ],
      ),
    ),
  );

  refuses('is beyond what can be', () => [
    ['status', 64, /TEST_SIZE must be/, { ...store, TEST_SIZE: '1' }],
    ['status', 64, /TEST_SIZE must be/, { ...store, TEST_SIZE: '0' }],
    ['status', 64, /RANDOM_STATE must be/, { ...store, RANDOM_STATE: '4294967296' }],
    ['status', 64, /N_ESTIMATORS must be/, { ...store, N_ESTIMATORS: '0' }],
    ['status', 64, /MAX_DEPTH must be/, { ...store, MAX_DEPTH: 'None' }],
    ['status', 64, /PGPORT must be/, { ...store, PGPORT: '0' }],
    ['status', 64, /PGPORT must be/, { ...store, PGPORT: '65536' }],
    ['status', 64, /FOREST_ENGINE/, { ...store, FOREST_ENGINE: 'xgboost' }],
    ['status', 64, /LOG_FORMAT must be text or json/, { ...store, LOG_FORMAT: 'xml' }],
    ['status', 64, /RETRY_EXPONENTIAL_BACKOFF must be/, { ...store, RETRY_EXPONENTIAL_BACKOFF: 'yes' }],
    ['status', 64, /S3_FORCE_PATH_STYLE must be/, { ...store, S3_FORCE_PATH_STYLE: '1' }],
    [
      'status',
      64,
      /RETRIES must be.*TEST_SIZE must be|TEST_SIZE must be.*RETRIES must be/s,
      { ...store, RETRIES: 'x', TEST_SIZE: 'y' },
    ],
    ...['.', '..', 'a/b', 'a b', 'ü', '*', 'x'.repeat(201), '../x'].map(
      (DAG_ID): Case => ['status', 64, /DAG_ID must be/, { ...store, DAG_ID }],
    ),
    ...['a.b.c', '.', 'loans.', '.loans', 'x'.repeat(64), 'loans; DROP TABLE loans'].map(
      (LOANS_TABLE): Case => ['status', 64, /LOANS_TABLE/, { ...store, LOANS_TABLE }],
    ),
  ]);

  refuses('is one letter off', () =>
    words('ARTIFACT_STOR ARTEFACT_STORE N_ESTIMATOR RANDOM_STAT S3_BUCKETS LOG_FORMATT DATABASE_URLS LOANS-TABLE').map(
      (name): Case => [
        'status',
        64,
        new RegExp(`^${name} is not a setting: did you mean `, 'm'),
        { ...store, [name]: 'x' },
      ],
    ),
  );
});

describe('a store that cannot be used', () => {
  before(async () => {
    await writeFile(join(folder, 'file'), '');
    await mkdir(join(folder, 'loop'));
    await symlink(join(folder, 'loop/b'), join(folder, 'loop/a'));
    await symlink(join(folder, 'loop/a'), join(folder, 'loop/b'));
  });

  refuses('has an address that is none', () => [
    ...[
      'http://x',
      's3:',
      's3://',
      's3:///x',
      's3://AB',
      's3://ab',
      's3://-abc',
      's3://a_b_c',
      's3://a b c',
      'file:relative',
      'file:./x',
      'file://host/x',
      'file:',
      '/tmp/x',
      'gs://bucket',
      'ftp://x',
      'S3://bucket',
      'file:///%zz',
      'file:///a%2Fb',
    ].map((ARTIFACT_STORE): Case => ['status', 64, /ARTIFACT_STORE|bucket name|file/, { ARTIFACT_STORE }]),
    ['status', 64, /name two stores/, { ...store, S3_BUCKET: 'bucket' }],
    ['status', 64, /bucket name/, { S3_BUCKET: 'No Bucket' }],
    ['status', 64, /bucket name/, { S3_BUCKET: 'a' }],
  ]);

  refuses('lies where no directory can be', () =>
    [
      '/proc/x',
      '/dev/null',
      '/dev/null/x',
      '{folder}/file',
      '{folder}/file/deeper',
      `{folder}/${'n'.repeat(300)}`,
      '{folder}/loop/a',
      '{folder}/loop/a/x',
    ].flatMap((path): Case[] => [
      ['run', 64, /directory|cannot be used/, { ARTIFACT_STORE: `file://${path}` }],
      ['tasks/create-bucket.ts', 64, /directory|cannot be used/, { ARTIFACT_STORE: `file://${path}` }],
    ]),
  );

  const keys = {
    AWS_ACCESS_KEY_ID: 'someone',
    AWS_SECRET_ACCESS_KEY: password,
    AWS_REGION: 'us-east-1',
    AWS_MAX_ATTEMPTS: '1',
    S3_BUCKET: 'bucket',
  };
  refuses('is a server that is not there, or no S3', () => [
    ...[
      'status',
      'run',
      'logs 2024-01-01 train_model',
      'clear 2024-01-01',
      'tasks/create-bucket.ts',
      'tasks/train-model.ts',
    ].map(
      (args): Case => [
        args,
        69,
        /127\.0\.0\.1:1|unavailable|does not answer/,
        { ...keys, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' },
      ],
    ),
    ['doctor', 1, /✘ object store/, { ...keys, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }],
    [
      'status',
      69,
      /no-such-host\.invalid|unavailable/,
      { ...keys, AWS_ENDPOINT_URL_S3: 'http://no-such-host.invalid' },
    ],
    ['status', 64, /AWS_ENDPOINT_URL_S3/, { ...keys, AWS_ENDPOINT_URL_S3: 'not a url' }],
    ['status', 64, /AWS_ENDPOINT_URL_S3/, { ...keys, AWS_ENDPOINT_URL_S3: 'ftp://x' }],
    ['status', 64, /AWS_ENDPOINT_URL/, { ...keys, AWS_ENDPOINT_URL: 'localhost:9000' }],
    [
      'status',
      77,
      /credentials/i,
      {
        S3_BUCKET: 'bucket',
        AWS_REGION: 'us-east-1',
        AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1',
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    ],
  ]);
});

describe('a database that cannot be used', () => {
  const task = 'tasks/fetch-data.ts';
  const at = (DATABASE_URL: string) => ({ ARTIFACT_STORE: 'file://{folder}/fetch', DATABASE_URL });

  before(async () => {
    await createTestLoans(postgres, 'loans', 200);
    const copies = words(
      'nulls twice negative nan infinite halves late text_age no_age all_repaid one_default label_two huge young empty id_json',
    );
    for (const name of copies) await postgres.query(`CREATE TABLE ${name} AS SELECT * FROM loans`);
    await postgres.query(`
      UPDATE nulls SET income = NULL WHERE id IN (3, 5);
      INSERT INTO twice SELECT * FROM loans WHERE id = 7;
      INSERT INTO late SELECT * FROM loans WHERE id = 1; UPDATE late SET id = NULL WHERE id = 9;
      UPDATE negative SET loan_amount = -1 WHERE id = 4;
      UPDATE nan SET income = 'NaN' WHERE id = 4;
      UPDATE infinite SET income = 'Infinity' WHERE id = 4;
      ALTER TABLE halves ALTER default_status TYPE numeric;
      ALTER TABLE text_age ALTER age TYPE text;
      ALTER TABLE no_age DROP age;
      UPDATE all_repaid SET default_status = 0;
      UPDATE one_default SET default_status = (id = 1)::integer;
      UPDATE label_two SET default_status = 2 WHERE id = 2;
      UPDATE huge SET income = 1e300 WHERE id = 2;
      UPDATE young SET age = -5 WHERE id = 2;
      DELETE FROM empty;
      ALTER TABLE id_json ALTER id TYPE json USING to_json(id);
      CREATE ROLE stranger LOGIN PASSWORD '${password}';
      CREATE VIEW broken AS SELECT id, 1 / (id - id) AS loan_amount, income, credit_score, age, loan_term, default_status FROM loans`);
  });

  refuses('has an address that is none', () => [
    ...words(
      'mysql://h/d postgres http://h postgresql://h:99999/d postgresql://[::1/d postgresql://h:port/d :// jdbc:postgresql://h/d postgresql:h postgresql://h1:1,h2:x/d',
    ).map((url): Case => [task, 64, /DATABASE_URL must be a URL/, at(url)]),
    [task, 64, /sslmode in DATABASE_URL/, at('postgresql://h/d?sslmode=sometimes')],
    [task, 64, /PGSSLMODE/, { ...at('postgresql://h/d'), PGSSLMODE: 'REQUIRE' }],
    [task, 64, /PGSSL|certificate|DATABASE_URL/, { ...at('postgresql://127.0.0.1:1/d'), PGSSLMODE: 'verify-ca' }],
    [
      task,
      64,
      /PGSSL|DATABASE_URL/,
      { ...at('postgresql://127.0.0.1:1/d'), PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/no/such/file' },
    ],
  ]);

  refuses('is not there, or refuses', () => [
    [task, 69, /127\.0\.0\.1:1\/d is not available/, at(`postgresql://me:${password}@127.0.0.1:1/d`)],
    [
      task,
      69,
      /no-such-host\.invalid.*there is no such host|could not be looked up/,
      at(`postgresql://me:${password}@no-such-host.invalid/d`),
    ],
    [task, 69, /not available/, at(`postgresql://me:${password}@127.0.0.1:1,127.0.0.1:2/d`)],
    [task, 77, /refused the login/, at(postgres.url.replace(/:[^:@]+@/, `:${password}@`))],
    [task, 77, /refused the login/, at(postgres.url.replace('//postgres:', '//no-such-user:'))],
    [task, 64, /there is no database/, at(postgres.url.replace(/credit_db$/, 'nowhere'))],
    [task, 64, /offers no TLS/, at(`${postgres.url}?sslmode=require`)],
    [task, 77, /permission denied.*grant/, at(postgres.url.replace(/\/\/[^@]+@/, `//stranger:${password}@`))],
    [
      'seed-loans --rows 5',
      77,
      /permission denied|refused/,
      at(postgres.url.replace(/\/\/[^@]+@/, `//stranger:${password}@`)),
    ],
    ['seed-loans --rows 5', 69, /not available/, at(`postgresql://me:${password}@127.0.0.1:1/d`)],
    ['seed-loans --rows 5', 64, /table loans cannot be seeded|not one that can be seeded/, at(postgres.url)],
    [
      'seed-loans --rows 5',
      64,
      /not one that can be seeded|cannot be seeded/,
      { ...at(postgres.url), LOANS_TABLE: 'no_age' },
    ],
    ['doctor', 1, /✘ database/, at(`postgresql://me:${password}@127.0.0.1:1/d`)],
  ]);

  refuses('has a dataset with faults, which are named as its own', () => [
    ['dataset no-such.yaml --check', 64, /^no-such\.yaml cannot be read \(ENOENT/m, at('{database}')],
    ['dataset {folder}/file', 64, /^\S+\/file must be a mapping$/m, store],
    ['dataset "" --check', 64, /^FILE must name a file/m, store],
    ['run', 64, /^DATASET cannot be read \(ENOENT/m, { ...store, DATASET: 'no-such.yaml' }],
  ]);

  const tables: readonly [table: string, says: RegExp][] = [
    ['nowhere', /there is no table nowhere/],
    ['no_schema.loans', /there is no table no_schema.loans/],
    ['LOANS', /there is no table LOANS/],
    ['pg_catalog.pg_class', /column .* is missing|expected/],
    ['nulls', /column income is NULL in 2 rows \(first ids: 3, 5\)/],
    ['twice', /column id must be unique and not NULL \(first ids that are not: 7\)/],
    ['late', /column id must be unique and not NULL \(first ids that are not: NULL, 1\)/],
    ['negative', /column loan_amount .* in 1 row \(first ids: 4\)/],
    ['nan', /column income is not a finite number/],
    ['infinite', /column income is not a finite number/],
    ['halves', /column default_status is numeric, expected/],
    ['text_age', /column age is text, expected/],
    ['no_age', /column age is missing/],
    ['all_repaid', /at least 2 rows of each class, found 200 repaid/],
    ['one_default', /at least 2 rows of each class, found 199 repaid \(0\) and 1/],
    ['label_two', /column default_status .* in 1 row/],
    ['young', /column age .* in 1 row/],
    ['empty', /there are no rows/],
    ['id_json', /column id is json, expected/],
  ];
  refuses('has a table that no model can be made from', () =>
    tables.flatMap(([LOANS_TABLE, says]): Case[] => [
      [task, 65, says, { ...at(postgres.url), LOANS_TABLE }],
      ['doctor', 1, says, { ...at(postgres.url), LOANS_TABLE }],
    ]),
  );
});

describe('a directory that is damaged or in the way', () => {
  const timestamp = '20240101T000000';
  const record = `credit_default_pipeline/runs/${timestamp}/run.json`;

  before(async () => {
    const made = await run([
      'run --logical-date 2024-01-01',
      0,
      /./,
      { ARTIFACT_STORE: 'file://{folder}/good', DATABASE_URL: '{database}' },
    ]);
    assert.equal(made.code, 0, made.stderr);
    for (const name of ['torn', 'alien', 'moved', 'folder', 'markers', 'array'])
      await cp(join(folder, 'good'), join(folder, name), { recursive: true });
    const text = await readFile(join(folder, 'good', record), 'utf8');
    await writeFile(join(folder, 'torn', record), text.slice(0, 100));
    await writeFile(join(folder, 'alien', record), '{"version": 99}');
    await writeFile(join(folder, 'array', record), '[]');
    await writeFile(join(folder, 'moved', record), text.replaceAll(timestamp, '20240111T000000'));
    await rm(join(folder, 'folder', record));
    await mkdir(join(folder, 'folder', record));
    for (const name of await readdir(join(folder, 'markers/credit_default_pipeline/train_model')))
      if (name.endsWith('.SUCCESS'))
        await writeFile(join(folder, 'markers/credit_default_pipeline/train_model', name), '{"artifact": 1}');
  });

  refuses('holds a run record that cannot be read', () =>
    ['torn', 'alien', 'moved', 'array'].flatMap((name): Case[] => [
      ['status', 0, /is no run record of this version/, { ARTIFACT_STORE: `file://{folder}/${name}` }],
      ['status 2024-01-01', 0, /is no run record of this version/, { ARTIFACT_STORE: `file://{folder}/${name}` }],
      [
        'run --logical-date 2024-01-01',
        64,
        /is no run record of this version/,
        { ARTIFACT_STORE: `file://{folder}/${name}`, DATABASE_URL: '{database}' },
      ],
      [
        'logs 2024-01-01 train_model',
        64,
        /is no run record of this version/,
        { ARTIFACT_STORE: `file://{folder}/${name}` },
      ],
    ]),
  );

  refuses('holds a directory where a record should be', () => [
    [
      'run --logical-date 2024-01-01',
      64,
      /must be a file|cannot be used/,
      { ARTIFACT_STORE: 'file://{folder}/folder', DATABASE_URL: '{database}' },
    ],
  ]);

  refuses('can be repaired', () => [
    ...['torn', 'alien', 'moved', 'array'].map(
      (name): Case => ['clear 2024-01-01 --force', 0, /cleared/, { ARTIFACT_STORE: `file://{folder}/${name}` }],
    ),
    [
      'run --logical-date 2024-01-01',
      0,
      /succeeded/,
      { ARTIFACT_STORE: 'file://{folder}/markers', DATABASE_URL: '{database}' },
    ],
  ]);

  refuses('is where npm start should work', () => [
    ['start --data=', 64, /--data must name a directory/],
    ['start --data /proc/x', 64, /directory/],
    ['start --data /dev/null', 64, /directory/],
    ['start --data {folder}/file', 64, /directory/],
    ['start --data {folder}/file/x', 64, /directory/],
    ['start --data {folder}/loop/a', 64, /directory/],
    [`start --data {folder}/${'n'.repeat(300)}`, 64, /directory/],
    ...words('DATABASE_URL PGHOST POSTGRES_DATABASE S3_BUCKET ARTIFACT_STORE LOANS_TABLE').map(
      (name): Case => [
        'start',
        64,
        new RegExp(`^${name} is set, and 'start' brings its own`, 'm'),
        { [name]: 'postgresql://h/d' },
      ],
    ),
  ]);

  refuses('holds no input for a task', () => [
    ['tasks/train-model.ts', 66, /is not published.*run fetch_data first/, { ARTIFACT_STORE: 'file://{folder}/none' }],
    [
      'tasks/evaluate-model.ts',
      66,
      /is not published.*run train_model first/,
      { ARTIFACT_STORE: 'file://{folder}/none' },
    ],
  ]);
});

describe('a terminal of its own kind', () => {
  refuses('gets no control codes it cannot show', () => [
    ['--help', 0, /start/, { TERM: 'dumb' }],
    ['status', 0, /no runs yet/, { ...store, TERM: 'dumb' }],
    ['status', 0, /no runs yet/, { ...store, NO_COLOR: '1', TERM: 'xterm-256color' }],
    ['status --json', 0, /^\[\]/, { ...store, FORCE_COLOR: '0' }],
    ['run', 64, /^\{"time".*"level":"ERROR"/, { ...store, LOG_FORMAT: 'json', RETRIES: 'x' }],
    ['--version', 0, /^\d+\.\d+\.\d+$/m],
  ]);
});
