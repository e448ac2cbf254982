import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { imageName } from '../../../pipeline/settings/cluster-settings.ts';
import {
  artifact,
  artifactNames,
  catalogue,
  inputsOf,
  outputsOf,
  taskIds,
} from '../../../tasks/artifacts/catalogue.ts';

function fileOf(path: string): string {
  return readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
}

const entrypoints = taskIds.map((taskId) => catalogue[taskId].entrypoint);

test('every artifact has its own key suffix within its task, and is published after what it is made from', () => {
  for (const task of taskIds) {
    const suffixes = outputsOf(task).map((name) => artifact(name).suffix);
    assert.equal(new Set(suffixes).size, suffixes.length);
    for (const input of inputsOf(task)) assert.notEqual(artifact(input).task, task);
    for (const name of outputsOf(task))
      for (const input of artifact(name).reads)
        assert(artifactNames.indexOf(input) < artifactNames.indexOf(name), `${name} before ${input}`);
  }
  assert.deepEqual(artifactNames, taskIds.flatMap(outputsOf));
});

test('the Dockerfile has a target for each task, with its entrypoint', () => {
  const dockerfile = fileOf('images/Dockerfile');
  const targets = [...dockerfile.matchAll(/^FROM runtime AS (\S+)/gm)].map(([, target]) => target);
  assert.deepEqual(targets, [...entrypoints, 'orchestrator', 'pipeline']);
  for (const entrypoint of entrypoints) assert(dockerfile.includes(`ENTRYPOINT ["node", "/app/${entrypoint}.mjs"]`));
});

test('compose has a service for each task, built from its target', () => {
  const { services } = parse(fileOf('compose.yaml'), { merge: true });
  for (const entrypoint of entrypoints) assert.equal(services[entrypoint].build.target, entrypoint);
});

test('the cluster has an image for each task', () => {
  const env = fileOf('k8s/components/images/images.env');
  for (const taskId of taskIds)
    assert.match(env, new RegExp(`^${imageName(taskId)}=.*/${catalogue[taskId].entrypoint}:`, 'm'));
});
