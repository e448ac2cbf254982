import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionOf } from '../../../pipeline/ui/actions.ts';
import { dag, secondsLater } from '../../support/run-records.ts';

const commandsOf = (fields: string) => actionOf(new URLSearchParams(fields), dag, secondsLater(0)).commands;

const actions = [
  ['do=run', [['run', '--manual']]],
  ['do=run&date=2024-01-11', [['run', '--logical-date', '20240111T000000']]],
  ['do=stop&run=2024-01-01', [['stop', '20240101T000000']]],
  ['do=clear&run=2024-01-01', [['clear', '20240101T000000']]],
  [
    'do=clear&run=20240101T000000&task=train_model&again=yes',
    [
      ['clear', '20240101T000000', '--task', 'train_model', '--downstream'],
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
  assert.match(consequence, /^fetch_data, train_model, evaluate_model: .* the next run does it again/);
});

test('the run of the champion is cleared by --force, which is said', () => {
  const fields = new URLSearchParams('do=clear&run=2024-01-01');
  const { commands, consequence } = actionOf(fields, dag, secondsLater(0), '20240101T000000');
  assert.deepEqual(commands, [['clear', '20240101T000000', '--force']]);
  assert.match(consequence, /is the champion: the copy that others use stays/);
});

for (const fields of ['', 'do=run&date=--force', 'do=clear&run=2024-01-01&task=--all', 'do=stop&run=%0a', 'do=stop']) {
  test(`"${fields}" is no action`, () => {
    assert.throws(() => commandsOf(fields), { name: 'UsageError' });
  });
}
