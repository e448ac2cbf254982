import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasEnded, hasSucceeded, readState } from '../../e2e/cluster-objects.ts';
import { twoNodes } from '../../e2e/stage.ts';
import { job, node, pod } from './cluster-list.ts';

test('a list of Jobs, pods and nodes is split by kind', () => {
  const { jobs, pods, nodes } = readState({ items: [pod('p'), job('j'), node('n')] });
  assert.deepEqual(
    [jobs, pods, nodes].map((objects) => objects.map(({ metadata }) => metadata.name)),
    [['j'], ['p'], ['n']],
  );
});

test('the node to lose is ready, free of taints, and not the one that is safe', () => {
  const { nodes } = readState({
    items: [
      node('broken', { ready: 'False' }),
      node('tainted', { taints: [{ key: 'dedicated', effect: 'NoSchedule' }] }),
      node('one'),
      node('two'),
    ],
  });
  const found = twoNodes(nodes);
  assert.deepEqual([found?.safe.metadata.name, found?.victim.metadata.name], ['one', 'two']);
});

test('a node with the control plane is never the one to lose', () => {
  const labels = { 'node-role.kubernetes.io/control-plane': '' };
  const state = readState({ items: [node('one'), node('two', { labels })] });
  const found = twoNodes(state.nodes);
  assert.deepEqual([found?.safe.metadata.name, found?.victim.metadata.name], ['two', 'one']);
  assert.equal(twoNodes(state.nodes.slice(1)), undefined);
});

test('a Job has ended once that is decided, though a pod of it hangs on a dead node', () => {
  const endOf = (condition: string) => {
    const [found] = readState({ items: [job('j', { condition })] }).jobs;
    return found && [hasEnded(found), hasSucceeded(found)];
  };
  assert.deepEqual(endOf('SuccessCriteriaMet'), [true, true]);
  assert.deepEqual(endOf('FailureTarget'), [true, false]);
  assert.deepEqual(endOf('Suspended'), [false, false]);
});
