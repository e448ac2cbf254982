import { readCluster } from '../../pipeline/settings/cluster-settings.ts';

/** Every setting that a cluster needs, and nothing more. */
export const clusterEnvironment = {
  NAMESPACE: 'credit-default',
  IMAGE_CREATE_BUCKET: 'registry.example/create-bucket:1.0.0',
  IMAGE_FETCH_DATA: 'registry.example/fetch-data:1.0.0',
  IMAGE_TRAIN_MODEL: 'registry.example/train-model:1.0.0',
  IMAGE_EVALUATE_MODEL: 'registry.example/evaluate-model:1.0.0',
  TASK_SERVICE_ACCOUNT: 'task',
  TASK_SECRET: 'task-secret',
  TASK_CONFIG: 'task-config',
} as const;

export const cluster = readCluster(clusterEnvironment);
