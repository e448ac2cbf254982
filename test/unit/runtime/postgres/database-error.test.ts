import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatabaseError } from 'pg';
import { databaseError } from '../../../../tasks/runtime/postgres/database-error.ts';

function fromServer(code: string, message: string): DatabaseError {
  return Object.assign(new DatabaseError(message, message.length, 'error'), { code });
}

function withCode(code: string, message = ''): Error {
  return Object.assign(new Error(message), { code });
}

const translated: readonly [what: string, error: Error, name: string, sentence: RegExp][] = [
  ['undefined table', fromServer('42P01', 'relation "loans" does not exist'), 'BadData', /"loans".*set LOANS_TABLE/],
  ['undefined column', fromServer('42703', 'column "age" does not exist'), 'BadData', /column "age".*h:1\/d/],
  [
    'no privilege',
    fromServer('42501', 'permission denied for table loans'),
    'DatabaseRefused',
    /loans in h:1\/d: grant/,
  ],
  ['statement timeout', fromServer('57014', 'canceling statement'), 'DatabaseUnavailable', /canceling statement/],
  ['shut down', fromServer('57P01', 'terminating connection'), 'DatabaseUnavailable', /h:1\/d.*terminating connection/],
  ['too many clients', fromServer('53300', 'sorry'), 'DatabaseUnavailable', /sorry/],
  ['connection failure', fromServer('08006', 'lost'), 'DatabaseUnavailable', /lost/],
  ['conflict with recovery', fromServer('40001', 'conflict'), 'DatabaseUnavailable', /conflict/],
  ['connection cut', withCode('ECONNRESET', 'read ECONNRESET'), 'DatabaseUnavailable', /the connection was cut/],
  ['end of stream', new Error('Connection terminated unexpectedly'), 'DatabaseUnavailable', /terminated unexpectedly/],
  ['time is up', new Error('timeout expired'), 'DatabaseUnavailable', /timeout expired/],
  ['unknown host', withCode('ENOTFOUND'), 'DatabaseUnavailable', /there is no such host/],
  [
    'both addresses refuse',
    Object.assign(new AggregateError([withCode('ECONNREFUSED', '::1'), withCode('ECONNREFUSED', '127.0.0.1')], ''), {
      code: 'ECONNREFUSED',
    }),
    'DatabaseUnavailable',
    /^the database at h:1\/d is not available \(connection refused\): /,
  ],
  ['unknown authority', withCode('SELF_SIGNED_CERT_IN_CHAIN'), 'DatabaseRefused', /not trusted.*PGSSLROOTCERT/],
  ['other name', withCode('ERR_TLS_CERT_ALTNAME_INVALID'), 'DatabaseRefused', /not trusted/],
  [
    'no password',
    new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'),
    'DatabaseRefused',
    /it asks for a password/,
  ],
];

for (const [what, error, name, sentence] of translated) {
  test(`${what} becomes ${name}`, () => {
    const translated = databaseError(error, 'h:1/d');
    assert.ok(translated instanceof Error);
    assert.equal(translated.name, name);
    assert.match(translated.message, sentence);
  });
}

for (const error of [fromServer('42601', 'syntax error'), new TypeError('not a function'), 'no error at all']) {
  test(`${error} is returned as it is`, () => {
    assert.equal(databaseError(error, 'h:1/d'), error);
  });
}
