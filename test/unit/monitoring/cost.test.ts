import assert from 'node:assert/strict';
import { test } from 'node:test';
import { costText } from '../../../pipeline/commands/cost-view.ts';
import { quantity, runCost, sum, usageOf } from '../../../pipeline/monitoring/cost.ts';
import { readPipelineSettings } from '../../../pipeline/settings/pipeline-settings.ts';
import { dag, endedAttempt, recordWith, secondsLater, startedAttempt } from '../../support/run-records.ts';

// each of a minute; 0.5 vCPU and 1 GiB are the DAG's requests
const preempted = endedAttempt(1, 'preempted');
const succeeded = { ...endedAttempt(2, 'succeeded', 0), placement: 'on-demand' } as const;
const record = recordWith({ train_model: { state: 'success', attempts: [preempted, succeeded] } });

test('a run costs what its attempts asked for while they ran, by placement, and some of it was wasted', () => {
  const cost = runCost(dag, record, undefined, secondsLater(100));
  assert.deepEqual(cost.byPlacement.spot, { vcpuSeconds: 30, gibSeconds: 60, usd: null });
  assert.deepEqual(cost.total, { vcpuSeconds: 60, gibSeconds: 120, usd: null });
  assert.deepEqual(cost.wasted, { vcpuSeconds: 30, gibSeconds: 60, usd: null });
  const running = recordWith({ train_model: { state: 'running', attempts: [startedAttempt(1)] } });
  assert.equal(runCost(dag, running, undefined, secondsLater(10)).total.vcpuSeconds, 5);
});

test('prices turn it into money, by share or by node', () => {
  const { PRICES } = readPipelineSettings({
    PRICES: '{"spot": {"vcpuHour": 36, "gibHour": 3.6}, "on-demand": {"nodeHour": 60}}',
  });
  const { byPlacement, total } = runCost(dag, record, PRICES, secondsLater(100));
  assert.deepEqual([byPlacement.spot.usd, byPlacement['on-demand'].usd, total.usd?.toFixed(6)], [0.36, 1, '1.360000']);
  assert.equal(runCost(dag, record, { spot: { nodeHour: 1 } }, secondsLater(100)).total.usd, null);
  const placed = { ...preempted, node: { name: 'node-1', type: 'm5.large' } };
  const known = recordWith({ train_model: { attempts: [placed] } });
  assert.equal(
    runCost(dag, known, { spot: { nodeHour: 1 }, 'm5.large': { nodeHour: 6 } }, secondsLater(9)).total.usd,
    0.1,
  );
  assert.equal(runCost(dag, known, { spot: { nodeHour: 60 } }, secondsLater(9)).total.usd, 1);
});

test('a cluster that is on all day costs what its nodes do: 7.75 USD, of which 5.33 for the control plane', () => {
  const node = { requests: { cpu: '2', memory: '8Gi' } };
  const day = 86_400;
  // two on-demand nodes of 2.665 USD a day, two spot nodes of 1.21
  const nodes = (usdPerDay: number) => [1, 2].map(() => usageOf(node, day, { nodeHour: usdPerDay / 24 }));
  const controlPlane = sum(nodes(2.665));
  assert.equal(controlPlane.usd?.toFixed(2), '5.33');
  assert.equal(sum([controlPlane, ...nodes(1.21)]).usd?.toFixed(2), '7.75');
});

test('quantities are read as Kubernetes reads them', () => {
  const known = { '500m': 0.5, '2': 2, '1.5': 1.5, '1Gi': 1_073_741_824, '512Mi': 536_870_912, '100k': 1e5, '2G': 2e9 };
  for (const [text, value] of Object.entries(known)) assert.equal(quantity(text), value, text);
  assert.throws(() => quantity('1 GB'), RangeError);
});

test('the text says what was asked for and wasted, and calls the money an estimate', () => {
  const text = costText(
    runCost(dag, record, { spot: { nodeHour: 1 }, 'on-demand': { nodeHour: 2 } }, secondsLater(9)),
    {
      usdPerDay: 7.75,
      days: 10,
    },
    80,
  );
  assert.equal(
    text.replaceAll(/\s+/g, ' ').trim(),
    'asked for 30.0 vCPU-s and 60.0 GiB-s spot, 30.0 vCPU-s and 60.0 GiB-s on-demand; of it 30.0 vCPU-s and 60.0 GiB-s by ' +
      'attempts that did not succeed estimated 0.0500 USD; always on: 77.50 USD in 10 days (requests are not bills)',
  );
});

test('prices that cannot be read are refused', () => {
  for (const PRICES of [
    '1',
    '{',
    '{"spot": 1}',
    '{"spot": {"vcpuHour": 1}}',

    '{"spot": {"nodeHour": -1}}',
  ])
    assert.throws(() => readPipelineSettings({ PRICES }), /PRICES must be JSON with spot, on-demand or types of nodes/);
  assert.throws(() => readPipelineSettings({ ALWAYS_ON_USD_PER_DAY: '-1' }), /must be a number/);
});
