import { fileURLToPath } from 'node:url';
import { KubernetesApi } from '../../pipeline/executors/kubernetes/kubernetes-api.ts';
import { KubernetesExecutor } from '../../pipeline/executors/kubernetes/kubernetes-executor.ts';
import type { LocalExecutor } from '../../pipeline/executors/local/local-executor.ts';
import type { Executor } from '../../pipeline/orchestrator/executor.ts';
import { TestCluster } from '../cluster/cluster.ts';
import { attempt, localExecutor, processIdOf } from '../support/local-attempts.ts';
import { keepLog } from '../support/orchestration.ts';
import { run } from '../support/run-records.ts';
import { cluster as settings } from '../support/test-cluster.ts';
import { describeExecutor } from './executor.contract.ts';

describeExecutor('an executor of child processes', async (t, behaviour, argument) => {
  const executor = localExecutor(behaviour, argument);
  t.after(() => executor.close());
  let next: LocalExecutor | undefined;
  // an orchestrator that takes over knows nothing of the processes that died with the one before
  const current: Executor = {
    vanished: executor.vanished,
    start: (spec) => executor.start(spec),
    observe: (open) => (next ?? executor).observe(open),
    cancel: (open) => executor.cancel(open),
    waitForChange: (seconds, signal) => (next ?? executor).waitForChange(seconds, signal),
    close: () => executor.close(),
  };
  return {
    executor: current,
    started: async () => new Set([await processIdOf(executor), await processIdOf(executor)]).size,
    vanish: async () => {
      await executor.close();
      next = localExecutor(behaviour, argument);
    },
    isReady: async () => void (await processIdOf(executor)),
  };
});

describeExecutor('an executor of Jobs', async (t, behaviour, argument = '') => {
  const path = fileURLToPath(new URL('../support/attempt.ts', import.meta.url));
  const environment = { BEHAVIOUR: behaviour, ARGUMENT: argument };
  const maps = { 'task-config': {}, 'task-secret': {} };
  const cluster = await TestCluster.start({ maps, programOf: () => ({ path, environment }) });
  t.after(() => cluster.stop());
  for (const name of ['node-1', 'node-2']) cluster.addNode(name, { workload: 'airflow-workers' });
  const executor = new KubernetesExecutor({
    api: new KubernetesApi(cluster.kubeConfig, settings.namespace),
    dagId: 'credit_default_pipeline',
    run,
    cluster: settings,
    environmentOf: () => ({}),
    clock: cluster.state.now,
    log: keepLog().log,
    pollSeconds: 0.02,
  });
  t.after(() => executor.close());
  return {
    executor,
    started: async () => cluster.state.jobs.all.length,
    vanish: async () => {
      for (const job of cluster.state.jobs.all) cluster.state.jobs.remove(job);
    },
    isReady: async () => void (await cluster.runningPod(attempt.taskId.replaceAll('_', '-'))),
  };
});
