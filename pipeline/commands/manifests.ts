import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { jobManifest } from '../executors/kubernetes/job-manifest.ts';
import { podEnvironment } from '../settings/attempt-environment.ts';
import { readCluster } from '../settings/cluster-settings.ts';
import { type Command, parseCommandLine } from './command.ts';
import { runWanted } from './run.ts';
import { attemptSettings, openPipeline } from './wiring.ts';

export const manifests: Command = {
  usage: 'manifests [--logical-date D]',
  summary: 'print the Jobs that the Kubernetes executor would create, as YAML',
  details: `  --logical-date D   for the run of this date (default: the latest that is due)

  Neither cluster nor store is asked: each Job is the first attempt of its task.
  Apply one after the other's success. docs/settings.md, "A cluster", lists
  what must be set.`,
  example: 'npx pipeline manifests | kubectl apply --dry-run=server -f -',
  needs: 'nothing',
  async execute(args, { environment, surroundings }) {
    const { values } = parseCommandLine(args, { 'logical-date': { type: 'string' } });
    const cluster = readCluster(environment);
    const pipeline = await openPipeline(environment, surroundings);
    const { dag, store, log } = pipeline;
    if (store.url.startsWith('file:'))
      log.warn(`the store is a directory (${store.url}), which a cluster's pods do not share: set S3_BUCKET`);
    const run = runWanted(dag.schedule, { logicalDate: values['logical-date'] }, surroundings.clock());
    // the client costs a second and 100 MB, which no other command should pay
    const { dumpYaml } = await import('@kubernetes/client-node');
    const documents = dag.tasks.map((task) => {
      const spec = { run, task, number: 1, placement: 'spot' } as const;
      const variables = podEnvironment(attemptSettings(pipeline), spec);
      return dumpYaml(jobManifest(spec, dag.dagId, cluster, variables), { noRefs: true, lineWidth: -1 });
    });
    process.stdout.write(documents.join('---\n'));
    return exitCodes.success;
  },
};
