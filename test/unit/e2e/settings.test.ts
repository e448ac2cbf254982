import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings } from '../../e2e/settings.ts';

const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };

test('nothing needs to be set', () => {
  const nothing = { image: undefined, commands: {}, databaseUrl: undefined, store: undefined, isKept: false };
  assert.deepEqual(readSettings({}), nothing);
});

test('node commands are known by what they do', () => {
  const { commands } = readSettings({ E2E_KILL_NODE: './kill', E2E_RESTORE_NODE: './restore --now' });
  assert.deepEqual(commands, { kill: './kill', restore: './restore --now' });
});

test('a store from outside brings its credentials', () => {
  const { store } = readSettings({ E2E_S3_ENDPOINT: 'http://10.0.0.1:9000', ...keys });
  assert.deepEqual(store, { endpoint: 'http://10.0.0.1:9000', credentials: keys });
  assert.throws(() => readSettings({ E2E_S3_ENDPOINT: 'http://10.0.0.1:9000' }), /needs AWS_ACCESS_KEY_ID/);
});

test('the settings at fault are all named', () => {
  const faults = { E2E_IMAGE: 'one-image', E2E_DATABASE_URL: 'mysql://host', E2E_S3_ENDPOINT: 'host:9000' };
  const message = /E2E_IMAGE must hold \{task\}.*\nE2E_DATABASE_URL must be .*\nE2E_S3_ENDPOINT must be/;
  assert.throws(() => readSettings(faults), { message });
});
