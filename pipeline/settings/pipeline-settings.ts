import { z } from 'zod';
import { type Environment, readSettings, wholeNumber, yesOrNo } from '../../tasks/runtime/environment.ts';
import { artifactSettings, databaseSettings, workSettings } from '../../tasks/runtime/settings.ts';
import type { TaskPolicy } from '../orchestrator/dag.ts';
import type { AttemptSpec } from '../orchestrator/executor.ts';

const year = 365 * 24 * 60 * 60;

const policySettings = {
  RETRIES: wholeNumber(0, 1000).optional(),
  RETRY_DELAY_SECONDS: wholeNumber(0, year).optional(),
  RETRY_EXPONENTIAL_BACKOFF: yesOrNo().optional(),
  MAX_RETRY_DELAY_SECONDS: wholeNumber(0, year).optional(),
  EXECUTION_TIMEOUT_SECONDS: wholeNumber(1, year).optional(),
  GRACE_PERIOD_SECONDS: wholeNumber(1, 3600).optional(),
  MAX_PREEMPTIONS: wholeNumber(0, 1000).optional(),
};

export const pipelineSettings = z.object({
  ...artifactSettings,
  ...databaseSettings,
  ...workSettings,
  ...policySettings,
});

/** What the orchestrator is told by its environment, under the environment's own names. */
export type PipelineSettings = Readonly<z.output<typeof pipelineSettings>>;

export function readPipelineSettings(environment: Environment): PipelineSettings {
  return readSettings(pipelineSettings, environment);
}

/** The numbers of the DAG that the environment overrides. */
export function policyOverrides(settings: PipelineSettings): Partial<TaskPolicy> {
  const overrides = {
    retries: settings.RETRIES,
    retryDelaySeconds: settings.RETRY_DELAY_SECONDS,
    retryExponentialBackoff: settings.RETRY_EXPONENTIAL_BACKOFF,
    maxRetryDelaySeconds: settings.MAX_RETRY_DELAY_SECONDS,
    executionTimeoutSeconds: settings.EXECUTION_TIMEOUT_SECONDS,
    gracePeriodSeconds: settings.GRACE_PERIOD_SECONDS,
    maxPreemptions: settings.MAX_PREEMPTIONS,
  };
  return Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
}

/**
 * The environment of an attempt that is a process beside the orchestrator: the orchestrator's own, with its settings
 * written out. The execution timeout is left to the orchestrator, which enforces it.
 */
export function attemptEnvironment(
  environment: Environment,
  settings: PipelineSettings,
  storeUrl: string,
  attempt: AttemptIdentity,
): Environment {
  const { EXECUTION_TIMEOUT_SECONDS, S3_BUCKET, ...inherited } = environment;
  return { ...inherited, ...attemptSettings(settings, storeUrl, attempt) };
}

/**
 * The environment of an attempt that is a pod: nothing is inherited, and what else it needs (its database, its
 * credentials) comes from the cluster. What it might find there against the orchestrator's word is set to nothing.
 */
export function podEnvironment(
  environment: Environment,
  settings: PipelineSettings,
  storeUrl: string,
  attempt: AttemptIdentity,
): Environment {
  const inherited = podVariables.flatMap((name) => (environment[name] ? [[name, environment[name]]] : []));
  return {
    ...Object.fromEntries(inherited),
    ...attemptSettings(settings, storeUrl, attempt),
    S3_BUCKET: '',
    EXECUTION_TIMEOUT_SECONDS: '',
  };
}

/** Where the store is and how tasks work, as far as the orchestrator was told; none of it is secret. */
const podVariables = [
  'AWS_REGION',
  'AWS_ENDPOINT_URL_S3',
  'AWS_ENDPOINT_URL',
  'S3_FORCE_PATH_STYLE',
  'LOG_FORMAT',
  'THREADS',
  'CHECKPOINT_AFTER_SECONDS',
] as const;

type AttemptIdentity = Pick<AttemptSpec, 'run' | 'number'>;

/** What decides which artifacts are made, as the orchestrator read it: its settings are the truth. */
function attemptSettings(settings: PipelineSettings, storeUrl: string, { run, number }: AttemptIdentity) {
  return {
    DAG_ID: settings.DAG_ID,
    ARTIFACT_STORE: storeUrl,
    LOANS_TABLE: settings.LOANS_TABLE,
    TEST_SIZE: String(settings.TEST_SIZE),
    RANDOM_STATE: String(settings.RANDOM_STATE),
    FOREST_ENGINE: settings.FOREST_ENGINE,
    N_ESTIMATORS: String(settings.N_ESTIMATORS),
    MAX_DEPTH: settings.MAX_DEPTH === null ? 'none' : String(settings.MAX_DEPTH),
    LOGICAL_DATE: run.timestamp,
    RUN_ID: run.runId,
    ATTEMPT: String(number),
  };
}
