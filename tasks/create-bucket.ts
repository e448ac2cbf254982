import { runTask } from './runtime/run-task.ts';
import type { Task } from './runtime/task.ts';

export const createBucket: Task = {
  taskId: 'create_s3_bucket',
  summary: 'Creates the artifact bucket, and gives it safe settings where it is ours.',

  async run({ store, artifacts, log }) {
    await store.ensureBucket();
    const settings = await store.applyBucketSettings((message) => log.warn(message));
    log.info(settings.managed ? 'the bucket is ours and set up' : 'the bucket is not ours and was left as it is', {
      ...settings,
    });
    await artifacts.publish('bucket', [Buffer.from(`${JSON.stringify(settings, null, 2)}\n`)]);
  },
};

if (import.meta.main) await runTask(createBucket);
