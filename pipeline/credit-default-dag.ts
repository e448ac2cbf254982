import { intervalDays, startDate } from '../tasks/artifacts/run-dates.ts';
import { type Dag, defineDag, type TaskPolicy } from './orchestrator/dag.ts';

const minutes = 60;
const hours = 60 * minutes;

/**
 * Retrains the credit-default model every ten days:
 * create the bucket, fetch the loans from PostgreSQL, train a random forest on them, evaluate it.
 * Each attempt of a task is a process of its own, with only the object store between them.
 */
export function creditDefaultDag(dagId: string, overrides: Partial<TaskPolicy> = {}): Dag {
  return defineDag({
    dagId,
    description: 'Automated ML pipeline for credit default prediction on spot instances',
    tags: ['ml', 'credit', 'production', 'spot-instances', 'kubernetes', 's3'],
    startDate,
    everyDays: intervalDays,
    catchup: false,

    defaults: {
      retries: 3,
      retryDelaySeconds: 5 * minutes,
      retryExponentialBackoff: false,
      maxRetryDelaySeconds: 24 * hours,
      executionTimeoutSeconds: 2 * hours,
      gracePeriodSeconds: 120,
      maxPreemptions: 10,
      ...overrides,
    },

    pod: {
      requests: { cpu: '500m', memory: '1Gi' },
      limits: { cpu: '1000m', memory: '2Gi' },
      nodeSelector: { workload: 'airflow-workers' },
    },

    tasks: {
      create_s3_bucket: { entrypoint: 'create-bucket' },
      fetch_data: { entrypoint: 'fetch-data', after: ['create_s3_bucket'] },
      train_model: { entrypoint: 'train-model', after: ['fetch_data'] },
      evaluate_model: { entrypoint: 'evaluate-model', after: ['train_model'] },
    },
  });
}
