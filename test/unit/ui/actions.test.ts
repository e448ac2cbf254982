import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionOf } from '../../../pipeline/ui/actions.ts';
import { dag, secondsLater } from '../../support/run-records.ts';

const commandsOf = (fields: string) => actionOf(new URLSearchParams(fields), dag, secondsLater(0)).commands;

const actions = [
  ['do=run', [['run', '--manual']]],
  ['do=run&date=2024-01-11', [['run', '--logical-date', '20240111T000000']]],
  ['do=stop&run=2024-01-01', [['stop', '20240101T000000']]],
  ['do=clear&run=2024-01-01', [['clear', '20240101T000000', '--force']]],
  [
    'do=clear&run=20240101T000000&task=train_model&again=yes',
    [
      ['clear', '20240101T000000', '--task', 'train_model', '--downstream', '--force'],
      ['run', '--logical-date', '20240101T000000'],
    ],
  ],
] as const;

for (const [fields, commands] of actions) {
  test(`${fields} is ${commands.map((words) => words.join(' ')).join(', then ')}`, () => {
    assert.deepEqual(commandsOf(fields), commands);
  });
}

test('what is cleared with a task is named before', () => {
  const { consequence } = actionOf(
    new URLSearchParams('do=clear&run=2024-01-01&task=fetch_data'),
    dag,
    secondsLater(0),
  );
  assert.match(consequence, /^fetch_data, train_model, evaluate_model: .* done again by the next run/);
});

for (const fields of ['', 'do=run&date=--force', 'do=clear&run=2024-01-01&task=--all', 'do=stop&run=%0a', 'do=stop']) {
  test(`"${fields}" is no action`, () => {
    assert.throws(() => commandsOf(fields), { name: 'UsageError' });
  });
}
