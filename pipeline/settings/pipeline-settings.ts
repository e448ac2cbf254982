import { z } from 'zod';
import { type Environment, readSettings, wholeNumber, yesOrNo } from '../../tasks/runtime/environment.ts';
import { setting } from '../../tasks/runtime/setting-facts.ts';
import {
  artifactSettings,
  attemptSettings,
  databaseSettings,
  type Settled,
  settled,
  storeSettings,
  workSettings,
} from '../../tasks/runtime/settings.ts';
import type { TaskPolicy } from '../orchestrator/dag.ts';
import { monitoringSettings } from './monitoring-settings.ts';
import { promotionSettings } from './promotion-settings.ts';

const year = 365 * 24 * 60 * 60;

/** What overrides the numbers of the DAG. */
export const policySettings = {
  RETRIES: setting('How often a failed task is retried.', wholeNumber(0, 1000).optional()),
  RETRY_DELAY_SECONDS: setting('Between the end of a failed attempt and the next.', wholeNumber(0, year).optional()),
  RETRY_EXPONENTIAL_BACKOFF: setting(
    'Whether the delay doubles from retry to retry, as in Airflow.',
    yesOrNo().optional(),
  ),
  MAX_RETRY_DELAY_SECONDS: setting('The longest delay with back-off.', wholeNumber(0, year).optional()),
  EXECUTION_TIMEOUT_SECONDS: attemptSettings.EXECUTION_TIMEOUT_SECONDS,
  GRACE_PERIOD_SECONDS: setting(
    'Between SIGTERM and SIGKILL of an attempt that is ended.',
    wholeNumber(1, 3600).optional(),
  ),
  MAX_PREEMPTIONS: setting(
    'How many attempts of a task may be lost or preempted, uncharged.',
    wholeNumber(0, 1000).optional(),
  ),
  READY_EVERY_SECONDS: setting(
    'How often it is asked whether the data is ready (default: once, and again at the next wake-up).',
    wholeNumber(1, 86_400).optional(),
  ),
};

/** What a run waits for before it begins. */
export const readinessSettings = {
  READY_KEY: setting(
    'What must be there before a run begins, as `s3://bucket/path/{logical_date}/_SUCCESS` or `/path/{logical_date}`.',
    z
      .string()
      .regex(/^(s3:\/\/[^/]+\/|\/)./, 'must be s3://bucket/key or an absolute path')
      .refine((text) => /^([^{}]|\{(logical_date|data_interval_start|data_interval_end)\})*$/.test(text), {
        error: 'must have no placeholders but {logical_date}, {data_interval_start} and {data_interval_end}',
      })
      .optional(),
    { attempts: 'never' },
  ),
  READY_WITHIN_SECONDS: setting(
    'How long after a run was due its data may not be ready before that is alerted of.',
    wholeNumber(0, year).optional(),
    { attempts: 'never' },
  ),
};

export const pipelineSettings = z.object({
  ...artifactSettings,
  ...storeSettings,
  ...databaseSettings,
  ...workSettings,
  ...policySettings,
  ...readinessSettings,
  ...promotionSettings,
  ...monitoringSettings,
});

/** What the orchestrator reads from its environment, under the environment's own names. */
export type PipelineSettings = Readonly<Settled<z.output<typeof pipelineSettings>>>;

export function readPipelineSettings(environment: Environment): PipelineSettings {
  return settled(readSettings(pipelineSettings, environment));
}

/** The numbers of the DAG that the environment overrides: `RETRY_DELAY_SECONDS` is `retryDelaySeconds` there. */
export function policyOverrides(settings: PipelineSettings): Partial<TaskPolicy> {
  const values: Readonly<Record<string, unknown>> = settings;
  const overrides = Object.keys(policySettings).map((name) => [policyName(name), values[name]]);
  return Object.fromEntries(overrides.filter(([, value]) => value !== undefined));
}

export function policyName(setting: string): string {
  return setting.toLowerCase().replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
