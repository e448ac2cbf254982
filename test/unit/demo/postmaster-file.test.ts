import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../../pipeline/demo/postmaster-file.ts';

test('when the time is over it is asked once more, as the caller may have been held up since the last answer', async (t) => {
  let seconds = 0;
  t.mock.method(performance, 'now', () => seconds * 1000);
  const answers = [false, true];
  const question = () => {
    seconds += 5;
    return answers.shift() ?? assert.fail('asked too often');
  };
  assert.equal(await until(question, 1), true);
});

test('nothing is asked again once it was asked when the time was over', async (t) => {
  let seconds = 0;
  t.mock.method(performance, 'now', () => seconds * 1000);
  let asked = 0;
  const question = () => {
    seconds += 1;
    asked += 1;
    return false;
  };
  assert.equal(await until(question, 3), false);
  assert.equal(asked, 4);
});
