import { z } from 'zod';
import type { ParametersOf } from '../artifacts/artifact-set.ts';
import { Dataset, ofCreditDefault } from '../dataset/dataset.ts';
import { InvalidDataset, readDataset } from '../dataset/read-dataset.ts';
import { amount, type Environment, numberBetween, readSettings, wholeNumber, yesOrNo } from './environment.ts';
import { UsageError } from './errors.ts';
import { isPostgresUrl } from './postgres/database-url.ts';
import { metadataBy, parametersBy, setting } from './setting-facts.ts';

const forestEngines = ['sklearn-parity', 'ml-random-forest'] as const;
const asOf = ['now', 'data-interval-end'] as const;
const reports = ['full', 'basic'] as const;
const text = () => z.string().optional();

function toDataset(given: string | undefined, context: z.core.$RefinementCtx): Dataset {
  if (given === undefined) return ofCreditDefault;
  try {
    return readDataset(given);
  } catch (error) {
    if (!(error instanceof InvalidDataset)) throw error;
    for (const message of error.faults) context.addIssue({ code: 'custom', message, params: { isComplete: true } });
    return z.NEVER;
  }
}

/** The article's loans are named by their table alone, as before there were others. */
function datasetHash(dataset: unknown): string | undefined {
  return dataset instanceof Dataset && !dataset.isCreditDefault ? dataset.sha256 : undefined;
}

function datasetText(dataset: unknown): string {
  return dataset instanceof Dataset && !dataset.isCreditDefault ? dataset.text : '';
}

/** What artifacts of before the setting were made with is left out of markers: they stay current. */
function ofReport(byDefault: string | number) {
  const parameter = (value: unknown) =>
    value === byDefault ? undefined : z.union([z.string(), z.number()]).parse(value);
  return { decides: ['report', 'modelCard'], parameter } as const;
}

/** What decides which artifacts there are, and their bytes: the same for the tasks and for the orchestrator. */
export const artifactSettings = {
  DAG_ID: setting(
    'The first part of every key, so that several pipelines share one store.',
    z
      .string()
      .regex(/^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,200}$/, 'must be 1 to 200 letters, digits, dots, dashes or underscores')
      .default('credit_default_pipeline'),
    { attempts: 'written' },
  ),
  DATASET: setting(
    "The file, YAML or JSON, that says what the loans' columns are (or its text itself); by default the loans of the article (see `docs/your-own-table.md`).",
    z.string().optional().transform(toDataset),
    {
      decides: ['loans', 'profile', 'testLoans', 'model'],
      metadataName: 'dataset_sha256',
      parameter: datasetHash,
      text: datasetText,
    },
  ),
  LOANS_TABLE: setting(
    "The table with the loans, as `loans` or `schema.loans` (default: the dataset's).",
    z
      .string()
      .regex(
        /^[A-Za-z_][A-Za-z0-9_$]{0,62}(\.[A-Za-z_][A-Za-z0-9_$]{0,62})?$/,
        'must be a table name, as loans or schema.loans',
      )
      .optional(),
    { decides: ['loans'] },
  ),
  AS_OF: setting(
    "Which rows are read: all (`now`), or those whose time lies before the end of the run's interval (`data-interval-end`).",
    z.enum(asOf, `must be ${asOf.join(' or ')}`).default('now'),
    { decides: ['loans'], parameter: (value) => (value === 'now' ? undefined : String(value)) },
  ),
  TEST_SIZE: setting(
    "The share of the loans that is held out for the evaluation (default: the dataset's, else 0.2).",
    numberBetween(0, 1).optional(),
    { decides: ['testLoans', 'model'] },
  ),
  RANDOM_STATE: setting(
    "The seed of the split and of the forest, as scikit-learn's (default: the dataset's, else 42).",
    wholeNumber(0, 4_294_967_295).optional(),
    { decides: ['testLoans', 'model'] },
  ),
  FOREST_ENGINE: setting(
    "`sklearn-parity` (scikit-learn's forest, node for node) or `ml-random-forest` (the npm package, small tables only).",
    z.enum(forestEngines, `must be one of ${forestEngines.join(', ')}`).default('sklearn-parity'),
    { decides: ['model'], metadataName: 'engine' },
  ),
  N_ESTIMATORS: setting('The number of trees.', wholeNumber(1, 10_000).default(100), { decides: ['model'] }),
  MAX_DEPTH: setting(
    'The depth of a tree at most, or `none`.',
    z
      .union(
        [z.literal('none').transform(() => null), wholeNumber(1, 1000)],
        'must be none or a whole number from 1 to 1000',
      )
      .default(10),
    { decides: ['model'] },
  ),
  REPORT: setting(
    'What report and model card show: `full`, or `basic` without what a credit department adds (see `docs/report.md`).',
    z.enum(reports, `must be ${reports.join(' or ')}`).default('full'),
    ofReport('full'),
  ),
  COST_FALSE_NEGATIVE: setting(
    'What a default costs that was approved, in any unit, for the cheapest cut-off.',
    amount().default(5),
    ofReport(5),
  ),
  COST_FALSE_POSITIVE: setting(
    'What it costs, in the same unit, to refuse a loan that would have been repaid.',
    amount().default(1),
    ofReport(1),
  ),
};

export const storeSettings = {
  S3_BUCKET: setting('The bucket for the artifacts (default: `airflow-ml-artifacts`).', text(), {
    attempts: 'withheld',
  }),
  ARTIFACT_STORE: setting('In place of S3_BUCKET: `s3://bucket[/prefix]` or `file:///absolute/directory`.', text(), {
    attempts: 'withheld',
  }),
  S3_FORCE_PATH_STYLE: setting(
    'Whether the bucket stands in the path of the URL (default: where an endpoint is set).',
    yesOrNo().optional(),
    { attempts: 'passed on' },
  ),
  AWS_ENDPOINT_URL_S3: setting("An S3 server other than Amazon's.", text(), { attempts: 'passed on' }),
  AWS_ENDPOINT_URL: setting('The same for every AWS service; AWS_ENDPOINT_URL_S3 wins.', text(), {
    attempts: 'passed on',
  }),
  AWS_REGION: setting("The bucket's region.", text(), { attempts: 'passed on' }),
  AWS_ACCESS_KEY_ID: setting("Credentials, unless the AWS SDK's chain finds others.", text()),
  AWS_SECRET_ACCESS_KEY: setting('The secret access key.', text(), { isSecret: true }),
  AWS_SESSION_TOKEN: setting('For temporary credentials.', text(), { isSecret: true }),
};

export const databaseSettings = {
  DATABASE_URL: setting(
    'The PostgreSQL server and database, as libpq reads it (several hosts are tried in turn); wins over the PG… settings.',
    z.string().refine(isPostgresUrl, 'must be a URL as postgresql://user:password@host:5432/database').optional(),
    { isSecret: true },
  ),
  POSTGRES_DATABASE: setting('The database; wins over PGDATABASE (default: `credit_db`).', text()),
  PGDATABASE: setting('The database, as libpq reads it.', text()),
  PGHOST: setting('The host, as libpq reads it.', text()),
  PGPORT: setting('The port, as libpq reads it.', wholeNumber(1, 65_535).optional()),
  PGUSER: setting('The user, as libpq reads it.', text()),
  PGPASSWORD: setting('The password, as libpq reads it.', text(), { isSecret: true }),
  PGSSLMODE: setting('Whether TLS is used and what is verified, as libpq reads it (default: `disable`).', text()),
  PGSSLROOTCERT: setting("The file with the certificate of the server's authority.", text()),
  DATABASE_SILENCE_SECONDS: setting(
    'How long the server may send nothing to us: then the attempt fails with 69.',
    wholeNumber(1, 86_400).default(60),
    { attempts: 'passed on' },
  ),
};

/** How a task works and logs; no artifact depends on it. */
export const workSettings = {
  READY_QUERY: setting(
    'A SELECT of one boolean that fetch_data asks first: until it is true the loans are not read, and the attempt ends with 79.',
    text(),
    { attempts: 'passed on' },
  ),
  THREADS: setting('How many threads train and predict (default: the CPU limit).', wholeNumber(1, 1024).optional(), {
    attempts: 'passed on',
  }),
  CHECKPOINT_AFTER_SECONDS: setting(
    'From when on a training saves finished blocks of trees.',
    wholeNumber(0, 86_400).default(30),
    { attempts: 'passed on' },
  ),
  LOG_FORMAT: setting('`text` or `json`.', z.enum(['text', 'json'], 'must be text or json').default('text'), {
    attempts: 'passed on',
  }),
};

/** What an orchestrator says to an attempt; a task alone may be given them too. */
export const attemptSettings = {
  LOGICAL_DATE: setting('The run that a task works for (default: the latest that is due).', text()),
  RUN_ID: setting("The run's id, for the key of the log.", text()),
  ATTEMPT: setting("The attempt's number, for the key of the log.", wholeNumber(0, 1_000_000).default(0)),
  SOURCE_REVISION: setting(
    'The commit that the code is of, for markers; images have it where they were built with `REVISION`.',
    text(),
  ),
  IMAGE_DIGEST: setting(
    'The digest of the image that the task runs in, for markers; a Job has it where its image names it.',
    text(),
  ),
  EXECUTION_TIMEOUT_SECONDS: setting(
    'After how long an attempt is ended (a task alone has no limit).',
    wholeNumber(1, 31_536_000).optional(),
    { attempts: 'withheld' },
  ),
};

export const taskSettings = z.object({
  ...artifactSettings,
  ...storeSettings,
  ...databaseSettings,
  ...workSettings,
  ...attemptSettings,
});

/** What a task reads from its environment, under the environment's own names. */
export type TaskSettings = Readonly<Settled<z.output<typeof taskSettings>>>;

type GivenArtifactSettings = z.output<z.ZodObject<typeof artifactSettings>>;

/** The settings that decide the bytes of some artifact. */
export type ArtifactSettings = Readonly<Settled<GivenArtifactSettings>>;

/** @throws UsageError with every fault */
export function readTaskSettings(environment: Environment): TaskSettings {
  return settled(readSettings(taskSettings, environment));
}

/** With what the dataset says where the environment says nothing. */
export type Settled<Given extends GivenArtifactSettings> = Omit<Given, 'TEST_SIZE' | 'RANDOM_STATE'> & {
  readonly TEST_SIZE: number;
  readonly RANDOM_STATE: number;
};

/** @throws UsageError where a setting and the dataset contradict each other */
export function settled<Given extends GivenArtifactSettings>(given: Given): Settled<Given> {
  const { DATASET, LOANS_TABLE, AS_OF, FOREST_ENGINE } = given;
  const { query, time, split } = DATASET.spec;
  if (LOANS_TABLE !== undefined && query !== undefined)
    throw new UsageError(['LOANS_TABLE is set, and the dataset has a query in place of a table: unset it']);
  if (AS_OF !== 'now' && time === undefined)
    throw new UsageError([`AS_OF is ${AS_OF}, and the dataset names no column as time: add it, or unset AS_OF`]);
  if (DATASET.hasMissingValues && FOREST_ENGINE !== 'sklearn-parity')
    throw new UsageError([
      `FOREST_ENGINE is ${FOREST_ENGINE}, which knows no missing values, and the dataset has nullable features`,
    ]);
  const dataset = LOANS_TABLE === undefined ? DATASET : DATASET.withTable(LOANS_TABLE);
  return {
    ...given,
    DATASET: dataset,
    // in the text and the hash of any other dataset its table is included
    LOANS_TABLE: dataset.isCreditDefault ? dataset.spec.table : undefined,
    TEST_SIZE: given.TEST_SIZE ?? split?.test_size ?? 0.2,
    RANDOM_STATE: given.RANDOM_STATE ?? split?.random_state ?? 42,
  };
}

export function parametersOf(settings: ArtifactSettings): ParametersOf {
  return parametersBy(artifactSettings, settings);
}

/** What of the settings decides the model's bytes, as its metadata has it. */
export function modelSettings(settings: ArtifactSettings): Record<string, string> {
  return metadataBy(artifactSettings, settings, 'model');
}
