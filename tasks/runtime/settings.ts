import { z } from 'zod';
import { type Environment, numberBetween, readSettings, wholeNumber, yesOrNo } from './environment.ts';

const forestEngines = ['sklearn-parity', 'ml-random-forest'] as const;

export type ForestEngine = (typeof forestEngines)[number];

const dagIdForm = /^[A-Za-z0-9_.-]{1,200}$/;

/** What decides which artifacts there are, and their bytes: the same for the tasks and for the orchestrator. */
export const artifactSettings = {
  DAG_ID: z
    .string()
    .regex(dagIdForm, 'must be 1 to 200 letters, digits, dots, dashes or underscores')
    .default('credit_default_pipeline'),
  S3_BUCKET: z.string().optional(),
  ARTIFACT_STORE: z.string().optional(),
  S3_FORCE_PATH_STYLE: yesOrNo().optional(),
  LOANS_TABLE: z
    .string()
    .regex(
      /^[A-Za-z_][A-Za-z0-9_$]{0,62}(\.[A-Za-z_][A-Za-z0-9_$]{0,62})?$/,
      'must be a table name, as loans or schema.loans',
    )
    .default('loans'),
  FOREST_ENGINE: z.enum(forestEngines, `must be one of ${forestEngines.join(', ')}`).default('sklearn-parity'),
  N_ESTIMATORS: wholeNumber(1, 10_000).default(100),
  MAX_DEPTH: z
    .union(
      [z.literal('none').transform(() => null), wholeNumber(1, 1000)],
      'must be none or a whole number from 1 to 1000',
    )
    .default(10),
  RANDOM_STATE: wholeNumber(0, 4_294_967_295).default(42),
  TEST_SIZE: numberBetween(0, 1).default(0.2),
};

export const databaseSettings = {
  DATABASE_URL: z
    .string()
    .refine(isPostgresUrl, 'must be a URL as postgresql://user:password@host:5432/database')
    .optional(),
  POSTGRES_DATABASE: z.string().optional(),
  PGDATABASE: z.string().optional(),
};

/** How a task works and speaks; no artifact depends on it. */
export const workSettings = {
  LOG_FORMAT: z.enum(['text', 'json'], 'must be text or json').default('text'),
  THREADS: wholeNumber(1, 1024).optional(),
  CHECKPOINT_AFTER_SECONDS: wholeNumber(0, 86_400).default(30),
};

const attemptSettings = {
  LOGICAL_DATE: z.string().optional(),
  RUN_ID: z.string().optional(),
  ATTEMPT: wholeNumber(0, 1_000_000).default(0),
  EXECUTION_TIMEOUT_SECONDS: wholeNumber(1, 31_536_000).optional(),
};

const taskSettings = z.object({ ...artifactSettings, ...databaseSettings, ...workSettings, ...attemptSettings });

/** What a task is told by its environment, under the environment's own names. */
export type TaskSettings = Readonly<z.output<typeof taskSettings>>;

export function readTaskSettings(environment: Environment): TaskSettings {
  return readSettings(taskSettings, environment);
}

function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? '');
}
