import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Environment } from '../../../../tasks/runtime/environment.ts';
import { type DatabaseSettings, databaseUrl } from '../../../../tasks/runtime/postgres/database-url.ts';

const cases: readonly [settings: DatabaseSettings, environment: Environment, url: string][] = [
  [{}, {}, 'postgresql:///credit_db'],
  [{ PGDATABASE: 'one' }, {}, 'postgresql:///one'],
  [{ PGDATABASE: 'one', POSTGRES_DATABASE: 'two' }, {}, 'postgresql:///two'],
  [{ DATABASE_URL: 'postgres://u:p@h:1/three', POSTGRES_DATABASE: 'two' }, {}, 'postgres://u:p@h:1/three'],
  [{ DATABASE_URL: 'postgres://u:p@h:1', POSTGRES_DATABASE: 'two' }, {}, 'postgres://u:p@h:1/two'],
  [{ DATABASE_URL: 'postgres://u:p%40%2Fq@h/d' }, {}, 'postgres://u:p%40%2Fq@h/d'],
  [{}, { PGSSLMODE: 'disable' }, 'postgresql:///credit_db?sslmode=disable&uselibpqcompat=true'],
  [{}, { PGSSLROOTCERT: '/ca.pem' }, 'postgresql:///credit_db'],
  [
    {},
    { PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/ca.pem' },
    'postgresql:///credit_db?sslmode=verify-full&uselibpqcompat=true&sslrootcert=%2Fca.pem',
  ],
  [
    { DATABASE_URL: 'postgres://h/d?sslmode=require' },
    { PGSSLMODE: 'disable' },
    'postgres://h/d?sslmode=require&uselibpqcompat=true',
  ],
  [{ DATABASE_URL: 'postgres://h/d?ssl=true' }, { PGSSLMODE: 'disable' }, 'postgres://h/d?ssl=true'],
];

for (const [settings, environment, url] of cases) {
  test(`${JSON.stringify({ ...settings, ...environment })} connects with ${url}`, () => {
    assert.equal(databaseUrl(settings, environment), url);
  });
}

test('refuses a TLS mode that there is not', () => {
  assert.throws(() => databaseUrl({}, { PGSSLMODE: 'allow' }), {
    name: 'UsageError',
    message: /must be one of disable.*found "allow"/,
  });
});
