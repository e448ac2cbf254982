import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Environment } from '../../../../tasks/runtime/environment.ts';
import { type DatabaseSettings, databaseUrls } from '../../../../tasks/runtime/postgres/database-url.ts';

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
    assert.deepEqual(databaseUrls(settings, environment), [[url]]);
  });
}

test('each host and each way to try it has a URL, as libpq reads them', () => {
  const tls = 'sslmode=%&uselibpqcompat=true';
  const ways = (url: string, ...modes: string[]) => modes.map((mode) => `${url}?${tls.replace('%', mode)}`);
  const hosts = (DATABASE_URL: string) => databaseUrls({ DATABASE_URL }, {});
  assert.deepEqual(hosts('postgres://h/d?sslmode=prefer'), [ways('postgres://h/d', 'prefer', 'disable')]);
  assert.deepEqual(hosts('postgres://h/d?sslmode=allow'), [ways('postgres://h/d', 'disable', 'prefer')]);
  assert.deepEqual(hosts('postgres://u:p@h1:1,h2:2/d'), [['postgres://u:p@h1:1/d'], ['postgres://u:p@h2:2/d']]);
  assert.deepEqual(hosts('postgres://u:p@/d?host=h1,h2&port=1,2'), [
    ['postgres:///d?host=h1&port=1&user=u&password=p'],
    ['postgres:///d?host=h2&port=2&user=u&password=p'],
  ]);
  assert.deepEqual(hosts('postgres://u:p%40q@/d?host=/run/pg'), [
    ['postgres:///d?host=%2Frun%2Fpg&user=u&password=p%40q'],
  ]);
  assert.deepEqual(hosts('postgres:///d?host=h1&port=1'), [['postgres:///d?host=h1&port=1']]);
});

test('refuses a TLS mode that there is not', () => {
  assert.throws(() => databaseUrls({}, { PGSSLMODE: 'sometimes' }), {
    name: 'UsageError',
    message: /must be one of disable.*found "sometimes"/,
  });
});
