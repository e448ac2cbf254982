const minutes = 60;
const hours = 60 * minutes;

/**
 * Retrains the credit-default model every ten days: create the bucket, fetch the loans from PostgreSQL, train a random
 * forest on them, evaluate it. Each attempt of a task is a process of its own, with only the object store between them.
 *
 * The tasks are those of the catalogue (`tasks/artifacts/catalogue.ts`). A task starts once those that it reads from
 * have published; what else it waits for is said here. Plain data that imports nothing: pipeline and tasks both read it.
 */
export const creditDefaultDag = {
  description: 'Automated ML pipeline for credit default prediction on spot instances',
  tags: ['ml', 'credit', 'production', 'spot-instances', 'kubernetes', 's3'],

  /** No catch-up: only the latest interval that has ended is due. */
  schedule: { startDate: new Date('2024-01-01T00:00:00Z'), everyDays: 10 },

  /** Of every task. The environment overrides each number (`RETRIES`, …). */
  policy: {
    retries: 3,
    retryDelaySeconds: 5 * minutes,
    retryExponentialBackoff: false,
    maxRetryDelaySeconds: 24 * hours,
    executionTimeoutSeconds: 2 * hours,
    gracePeriodSeconds: 120,
    maxPreemptions: 10,
  },

  pod: {
    requests: { cpu: '500m', memory: '1Gi' },
    limits: { cpu: '1000m', memory: '2Gi' },
    nodeSelector: { workload: 'airflow-workers' },
  },

  /** Where a task departs from that: `after` (beside the tasks that it reads from), `policy`, `pod`. */
  tasks: {
    fetch_data: { after: ['create_s3_bucket'] },
  },
} as const;
