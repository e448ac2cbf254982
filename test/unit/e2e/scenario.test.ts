import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingCommands, playScenario, type Scenario, selectScenarios } from '../../e2e/scenario.ts';
import { allScenarios } from '../../e2e/scenarios/all-scenarios.ts';
import { readSettings } from '../../e2e/settings.ts';
import { NotRun, Stage } from '../../e2e/stage.ts';
import { Watch } from '../../e2e/watch.ts';

const settings = readSettings({ E2E_KILL_NODE: './kill' });
const finding = { charged: 0 };

function scenario(name: string, changes: Partial<Scenario> = {}): Scenario {
  return { name, needs: [], play: async () => finding, ...changes };
}

async function outcomeOf(changes: Partial<Scenario>) {
  await using watch = new Watch('nowhere');
  return playScenario(scenario('one', changes), new Stage('nowhere', watch, [], settings), settings);
}

test('without names all scenarios are played, with names those, in their own order', () => {
  const all = ['one', 'two', 'three'].map((name) => scenario(name));
  const selected = (...names: string[]) => selectScenarios(all, names).map(({ name }) => name);
  assert.deepEqual(selected(), ['one', 'two', 'three']);
  assert.deepEqual(selected('three', 'one'), ['one', 'three']);
  assert.throws(() => selected('four'), /no scenario four: expected some of one, two, three/);
});

test('a scenario is not run without the node commands that it needs', async () => {
  assert.equal(missingCommands(scenario('one', { needs: ['kill'] }), settings), undefined);
  const needs = ['kill', 'preempt', 'delete'] as const;
  const why = 'E2E_PREEMPT_NODE and E2E_DELETE_NODE not given';
  assert.deepEqual(await outcomeOf({ needs }), { scenario: 'one', outcome: 'not run', why });
});

test('a scenario passes, fails, or is given up, and the reason is reported', async () => {
  const failing = (error: Error) => outcomeOf({ play: () => Promise.reject(error) });
  assert.deepEqual(await outcomeOf({}), { scenario: 'one', outcome: 'passed', finding });
  assert.deepEqual(await failing(new Error('slow')), { scenario: 'one', outcome: 'failed', why: 'slow' });
  assert.deepEqual(await failing(new NotRun('one node')), { scenario: 'one', outcome: 'not run', why: 'one node' });
});

test('every scenario has a name of its own that a Job can have', () => {
  const names = allScenarios.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(`run-${name}-status`, /^[a-z0-9-]{1,57}$/);
});
