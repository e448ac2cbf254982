import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import {
  type Environment,
  numberBetween,
  readSettings,
  wholeNumber,
  yesOrNo,
} from '../../../tasks/runtime/environment.ts';
import { UsageError } from '../../../tasks/runtime/errors.ts';
import { setting } from '../../../tasks/runtime/setting-facts.ts';

const help = 'What it is for.';
const schema = z.object({
  MAX_ROWS: setting(help, wholeNumber(1, 100).default(10)),
  TEST_SIZE: setting(help, numberBetween(0, 1).default(0.2)),
  S3_FORCE_PATH_STYLE: setting(help, yesOrNo().optional()),
  DATABASE_URL: setting(help, z.string().startsWith('postgres', 'must be a postgres URL').optional(), {
    isSecret: true,
  }),
  THREADS: setting(help, wholeNumber(1, 8).optional()),
});

function faultsOf(environment: Environment): readonly string[] {
  try {
    readSettings(schema, environment);
    return [];
  } catch (error) {
    assert(error instanceof UsageError);
    return error.faults;
  }
}

test('what is set is read, what is not has its default, and what is empty counts as not set', () => {
  assert.deepEqual(readSettings(schema, { MAX_ROWS: '007', TEST_SIZE: '', THREADS: undefined, HOME: '/root' }), {
    MAX_ROWS: 7,
    TEST_SIZE: 0.2,
  });
  assert.deepEqual(readSettings(schema, { TEST_SIZE: '.5', S3_FORCE_PATH_STYLE: 'false' }), {
    MAX_ROWS: 10,
    TEST_SIZE: 0.5,
    S3_FORCE_PATH_STYLE: false,
  });
});

test('all faults are reported at once, each with what was expected and what was found', () => {
  assert.deepEqual(faultsOf({ MAX_ROWS: '101', TEST_SIZE: '1', S3_FORCE_PATH_STYLE: 'yes', THREADS: '-1' }), [
    'MAX_ROWS must be a whole number from 1 to 100, found "101"',
    'TEST_SIZE must be a number between 0 and 1, found "1"',
    'S3_FORCE_PATH_STYLE must be true or false, found "yes"',
    'THREADS must be a whole number from 1 to 8, found "-1"',
  ]);
});

const notWhole = ['0', '101', '1.5', '1e1', ' 1', '+1', 'ten', '0x10', '1_0', 'NaN', 'Infinity', '9'.repeat(30)];
for (const text of notWhole) {
  test(`"${text}" is no whole number from 1 to 100`, () => assert.equal(faultsOf({ MAX_ROWS: text }).length, 1));
}

for (const text of ['0', '1', '1.0', '-0.5', '.', '0.5.5', '5e-1', 'half']) {
  test(`"${text}" is no number between 0 and 1`, () => assert.equal(faultsOf({ TEST_SIZE: text }).length, 1));
}

test('what may hold a password is never repeated', () => {
  const faults = faultsOf({
    DATABASE_URL: 'mysql://user:hunter2@host/db',
    DATABASE_URI: 'postgres://user:hunter2@host/db',
  });
  assert.deepEqual(faults, [
    'DATABASE_URI is not a setting: did you mean DATABASE_URL?',
    'DATABASE_URL must be a postgres URL',
  ]);
});

for (const name of ['MAX_ROW', 'MAX_ROWSS', 'MAX_ROVS', 'AX_ROWS', 'TESTSIZE', 'S3_FORCE_PATH_STILE', 'DATABASE_ULR']) {
  test(`${name}, one letter away from a setting, is refused`, () => {
    assert.match(faultsOf({ [name]: '1' })[0] ?? '', new RegExp(`^${name} is not a setting: did you mean \\w+\\?$`));
  });
}

for (const name of ['MAX_ROWING', 'THREAD', 'ROWS_MAX', 'TEST_SIZES_2', 'PATH', 'max_rows']) {
  test(`${name} is left alone: it may be anybody's`, () => assert.deepEqual(faultsOf({ [name]: '1' }), []));
}
