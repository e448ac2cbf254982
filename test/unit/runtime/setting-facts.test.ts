import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { podEnvironment, processEnvironment } from '../../../pipeline/settings/attempt-environment.ts';
import { pipelineSettings } from '../../../pipeline/settings/pipeline-settings.ts';
import { readSettings, wholeNumber } from '../../../tasks/runtime/environment.ts';
import { UsageError } from '../../../tasks/runtime/errors.ts';
import { factsOf, metadataBy, parametersBy, secretTexts, setting } from '../../../tasks/runtime/setting-facts.ts';
import { taskSettings } from '../../../tasks/runtime/settings.ts';
import { run } from '../../support/run-records.ts';

const madeUp = {
  MIN_LEAF_ROWS: setting('Made up.', wholeNumber(1, 9).default(3), { decides: ['model'] }),
  VAULT_PHRASE: setting('Made up.', z.string().max(20, 'is too long').optional(), { isSecret: true }),
};
const schema = pipelineSettings.extend(madeUp);
const given = { MIN_LEAF_ROWS: '7', VAULT_PHRASE: 'open sesame' };
const values = readSettings(schema, given);
const stated = { environment: given, shape: schema.shape, values, storeUrl: 's3://bucket' };

test('a deciding setting stands in the marker and the metadata of what it decides, and in no other', () => {
  const parametersOf = parametersBy(schema.shape, values);
  assert.equal(parametersOf('model').MIN_LEAF_ROWS, 7);
  assert.equal(metadataBy(schema.shape, values, 'model').min_leaf_rows, '7');
  assert.equal('MIN_LEAF_ROWS' in parametersOf('testLoans'), false);
});

test('a deciding setting reaches every attempt as the orchestrator read it', () => {
  for (const environmentOf of [processEnvironment, podEnvironment]) {
    assert.equal(environmentOf(stated, { run, number: 1 }).MIN_LEAF_ROWS, '7');
    const byDefault = { ...stated, environment: {}, values: readSettings(schema, {}) };
    assert.equal(environmentOf(byDefault, { run, number: 1 }).MIN_LEAF_ROWS, '3');
  }
});

test('a secret is neither passed on to pods nor repeated in a fault', () => {
  assert.equal('VAULT_PHRASE' in podEnvironment(stated, { run, number: 1 }), false);
  assert.throws(
    () => readSettings(schema, { VAULT_PHRASE: 'a phrase that is too long' }),
    (error) => error instanceof UsageError && error.message === 'VAULT_PHRASE is too long',
  );
});

test('the texts of secrets are known, with the password of a URL, but for those that stand elsewhere in the open', () => {
  const environment = {
    ...given,
    DATABASE_URL: 'postgresql://user:pass%20word@host/db',
    PGUSER: 'postgres',
    PGPASSWORD: 'postgres',
  };
  assert.deepEqual(secretTexts(schema.shape, environment).sort(), [
    'open sesame',
    'pass word',
    'pass%20word',
    'postgresql://user:pass%20word@host/db',
  ]);
});

test('every setting is declared, with a sentence of help', () => {
  for (const [name, declared] of Object.entries(taskSettings.shape))
    assert.match(factsOf(declared).help, /^.*\.$/, name);
  assert.throws(() => factsOf(z.string()), TypeError);
});
