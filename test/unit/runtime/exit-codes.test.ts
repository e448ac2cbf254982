import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputRefused } from '../../../tasks/artifacts/attempt-artifacts.ts';
import { LostRace } from '../../../tasks/artifacts/publication.ts';
import { InvalidLogicalDate } from '../../../tasks/artifacts/run-dates.ts';
import {
  AccessRefused,
  InvalidStoreSettings,
  MissingBucket,
  PreconditionFailed,
  StoreUnavailable,
} from '../../../tasks/artifacts/stores/store-errors.ts';
import {
  BadData,
  BadInput,
  DatabaseRefused,
  DatabaseUnavailable,
  Stopped,
  TimedOut,
  UsageError,
} from '../../../tasks/runtime/errors.ts';
import { exitCodeOf, exitCodes } from '../../../tasks/runtime/exit-codes.ts';

const expected = [
  [64, new UsageError(['a', 'b'])],
  [64, new InvalidStoreSettings('')],
  [64, new InvalidLogicalDate('')],
  [65, new BadData('')],
  [66, new InputRefused('key', 'is missing', 'fetch_data')],
  [66, new BadInput('')],
  [69, new StoreUnavailable('')],
  [69, new MissingBucket('')],
  [69, new DatabaseUnavailable('')],
  [70, new PreconditionFailed('')],
  [70, new TypeError('')],
  [70, 'no error'],
  [75, new LostRace('')],
  [77, new AccessRefused('')],
  [77, new DatabaseRefused('')],
  [124, new TimedOut(1)],
  [143, new Stopped('')],
] as const;

for (const [code, error] of expected) {
  const name = error instanceof Error ? error.name : error;
  test(`${name} ends a process with ${code}`, () => assert.equal(exitCodeOf(error), code));
}

test('the codes are those that others rely on', () => {
  assert.deepEqual(exitCodes, {
    success: 0,
    runFailed: 1,
    usage: 64,
    badData: 65,
    badInput: 66,
    unavailable: 69,
    bug: 70,
    lostRace: 75,
    refused: 77,
    notReady: 79,
    timedOut: 124,
    stopped: 143,
  });
});

test('wrong usage lists all faults in one sentence', () => {
  assert.equal(new UsageError(['RETRIES is wrong', 'so is TEST_SIZE']).message, 'RETRIES is wrong; so is TEST_SIZE');
});
