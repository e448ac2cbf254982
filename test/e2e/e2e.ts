import { parseManifests } from '../support/kustomize.ts';
import { hostOf, readState, workers } from './cluster-objects.ts';
import { deploy, dryRun } from './deploy.ts';
import { buildDeployment } from './deployment.ts';
import { clusterVersion, kubectl, kubectlJson } from './kubectl.ts';
import { playScenario, type Scenario, selectScenarios } from './scenario.ts';
import { allScenarios } from './scenarios/all-scenarios.ts';
import { readSettings, type Settings } from './settings.ts';
import { Stage } from './stage.ts';
import { type Result, resultsText } from './table.ts';
import { Watch } from './watch.ts';

const exitCodes = { passed: 0, failed: 1, usage: 64, noCluster: 3 } as const;

// not left to end by itself: a child process that was given up may still have a timer
process.exit(await main(process.argv.slice(2)).catch(failed));

function failed(error: unknown): number {
  say(error instanceof Error ? error.message : String(error));
  return exitCodes.failed;
}

/** `npm run test:e2e [-- SCENARIO…]`: plays the scenarios on the cluster of the current kube context. */
async function main(names: readonly string[]): Promise<number> {
  const asked = readRequest(names);
  if (!asked) return exitCodes.usage;
  const version = await clusterVersion();
  if (version === undefined) {
    say('no cluster: kubectl reaches none in its current context, so nothing was tested');
    return exitCodes.noCluster;
  }
  const results = await playAll(asked.scenarios, asked.settings);
  say(`Kubernetes ${version}\n${resultsText(results)}`);
  return results.some(({ outcome }) => outcome === 'failed') ? exitCodes.failed : exitCodes.passed;
}

function readRequest(names: readonly string[]) {
  try {
    return { scenarios: selectScenarios(allScenarios, names), settings: readSettings(process.env) };
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

async function playAll(scenarios: readonly Scenario[], settings: Settings): Promise<Result[]> {
  const namespace = `credit-default-e2e-${Date.now().toString(36)}`;
  try {
    const manifests = await prepare(namespace, settings);
    const results: Result[] = [];
    for (const scenario of scenarios) {
      say(`${scenario.name} …`);
      await using watch = new Watch(namespace);
      results.push(await playScenario(scenario, new Stage(namespace, watch, manifests, settings), settings));
      say(resultsText(results.slice(-1)));
      // what a failed scenario leaves running would be in the way of the next
      await kubectl(['delete', 'jobs', '--all', '-n', namespace, '--wait=false']);
    }
    return results;
  } finally {
    if (!settings.isKept) await removeAll(namespace);
  }
}

async function prepare(namespace: string, settings: Settings) {
  const { nodes } = readState(await kubectlJson(['get', 'nodes']));
  const [safe] = workers(nodes);
  const yaml = await buildDeployment({ ...settings, namespace, safeHost: safe && hostOf(safe) });
  const manifests = parseManifests(yaml);
  say(`deploying into namespace ${namespace}`);
  await dryRun(namespace, manifests);
  await deploy(namespace, manifests);
  return manifests;
}

async function removeAll(namespace: string): Promise<void> {
  const name = `${namespace}-node-reader`;
  // its pods may be on nodes that are gone for good: not waited for
  await kubectl(['delete', `namespace/${namespace}`, '--wait=false', '--ignore-not-found']);
  await kubectl(['delete', `clusterrole/${name}`, `clusterrolebinding/${name}`, '--ignore-not-found']);
}

function say(text: string): void {
  process.stdout.write(`${text.trimEnd()}\n`);
}
