import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runCommand, startCommand } from '../support/pipeline-command.ts';

type Headers = Readonly<Record<string, string>>;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Not `fetch`, which lets no one set the Host header. */
function ask(url: string, headers: Headers = {}, method = 'GET', body = ''): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const type = body ? { 'content-type': 'application/x-www-form-urlencoded' } : {};
  const sent = request(url, { method, headers: { ...type, ...headers } }, async (response) => {
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    const flat = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const);
    resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(flat), body: text });
  });
  sent.on('error', reject).end(body);
  return promise;
}

const secret = 'marked-as-secret';

describe('the server of the pages', { timeout: 120_000 }, () => {
  let directory: string;
  let environment: Readonly<Record<string, string>>;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ui-'));
    environment = {
      ARTIFACT_STORE: `file://${directory}`,
      DATABASE_URL: `postgres://user:${secret}@127.0.0.1:1/none`,
      RETRIES: '0',
    };
    const { code, said } = await runCommand(['run', '--logical-date', '2024-01-01'], environment);
    assert.equal(code, 1, said);
  });

  after(() => rm(directory, { recursive: true, maxRetries: 10 }));

  async function serve(
    t: { after(act: () => Promise<void>): void },
    options: readonly string[] = [],
    more: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const command = startCommand(['ui', ...options], { ...environment, ...more });
    t.after(async () => {
      command.child.kill('SIGTERM');
      assert.equal(await command.ended, 0);
    });
    await command.until(/http:\S+\n/);
    return (/http:\S+/.exec(command.printed())?.[0] ?? '').replace(/\/$/, '').replace('0.0.0.0', '127.0.0.1');
  }

  async function tokenOf(url: string): Promise<string> {
    const { body } = await ask(`${url}/confirm?do=run`);
    return /name="token" value="([^"]+)"/.exec(body)?.[1] ?? '';
  }

  it('and the pages themselves hold no secret', async (t) => {
    const url = await serve(t, [], { UI_TOKEN: secret });
    const pages = (await readdir(directory, { recursive: true })).filter((key) => key.endsWith('index.html'));
    assert.equal(pages.length, 2);
    const stored = await Promise.all(pages.map((key) => readFile(join(directory, key), 'utf8')));
    const paths = ['/index.html', '/runs/20240101T000000/index.html', '/confirm?do=run'];
    const served = await Promise.all(paths.map(async (path) => (await ask(url + path)).body));
    for (const page of [...stored, ...served]) assert(!page.includes(secret));
    assert.match(stored.join(), /is not available/);
  });

  it('answers only those who name it, so that no other site reads it by a name of its own', async (t) => {
    const url = await serve(t);
    for (const host of ['evil.example', 'evil.example:80', '127.0.0.1.evil.example'])
      assert.equal((await ask(`${url}/index.html`, { host })).status, 421, host);
    for (const host of ['localhost:9', '127.0.0.1', '[::1]:9'])
      assert.equal((await ask(`${url}/index.html`, { host })).status, 200, host);
  });

  it('allows no script but its own, no frame, and no other origin', async (t) => {
    const url = await serve(t);
    const { headers, body } = await ask(`${url}/index.html`);
    const policy = headers['content-security-policy'] ?? '';
    assert.match(policy, /default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.doesNotMatch(body, /<script(?! src="\/ui.js" defer><\/script>)| style="| on[a-z]+="/);
  });

  it('does nothing without the token of the session, from another origin, or by GET', async (t) => {
    const url = await serve(t);
    const token = await tokenOf(url);
    assert.match(token, /^[0-9a-f]{64}$/);
    const stop = 'do=stop&run=2024-01-01';
    const post = (body: string, headers: Headers = {}) => ask(`${url}/actions`, headers, 'POST', body);
    assert.equal((await post(stop)).status, 403);
    assert.equal((await post(`${stop}&token=${'0'.repeat(64)}`)).status, 403);
    assert.equal((await post(`${stop}&token=${token}`, { origin: 'http://evil.example' })).status, 403);
    assert.equal((await post(`${stop}&token=${token}`, { origin: 'null' })).status, 403);
    assert.equal((await post(`${stop}&token=${token}`, { 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal((await ask(`${url}/actions?${stop}&token=${token}`)).status, 404);
    assert.equal((await ask(`${url}/actions`, {}, 'PUT', 'x')).status, 405);
    const before = await readdir(directory, { recursive: true });
    for (const path of [
      '/index.html',
      '/runs/20240101T000000/index.html',
      '/confirm?do=clear&run=2024-01-01',
      '/confirm?do=run',
    ])
      assert.equal((await ask(url + path)).status, 200, path);
    assert.deepEqual(await readdir(directory, { recursive: true }), before);
    assert.equal((await post(`${stop}&token=${token}`, { origin: url })).status, 303);
  });

  it('names what cannot be done', async (t) => {
    const url = await serve(t);
    for (const [query, sentence] of [
      ['do=dance', /&quot;dance&quot; is no action/],
      ['do=clear&run=yesterday', /is not a date/],
      ['do=clear&run=2024-01-01&task=x', /is no task/],
      ['do=run&date=2999-01-01', /is in the future/],
    ] as const) {
      const { status, body } = await ask(`${url}/confirm?${query}`);
      assert.equal(status, 400, query);
      assert.match(body, sentence);
    }
  });

  it('serves this DAG’s artifacts and logs, and nothing else of the store', async (t) => {
    const url = await serve(t);
    await writeFile(join(directory, 'credit_default_pipeline/secret.txt'), 'secret');
    const log =
      '/logs/dag_id=credit_default_pipeline/run_id=scheduled__2024-01-01T00:00:00+00:00/task_id=fetch_data/attempt=1.log';
    const { status, headers, body } = await ask(url + log);
    assert.equal(status, 200);
    assert.match(headers['content-security-policy'] ?? '', /^sandbox/);
    assert.match(body, /is not available/);
    assert.match((await ask(`${url}/create_s3_bucket/20240101T000000.json`)).body, /managed/);
    for (const path of [
      '/secret.txt',
      '/runs/20240101T000000/run.json',
      '/../credit_default_pipeline/secret.txt',
      '/%2e%2e/secret.txt',
      '/fetch_data/..%2fsecret.txt',
      '/create_s3_bucket/20240101T000000.json.SUCCESS',
      log.replace('attempt=1', 'attempt=01'),
      log.replace('credit_default_pipeline', 'other'),
      '/%00',
      '/%E0%A4%A',
    ])
      assert.equal((await ask(url + path)).status, 404, path);
  });

  it('shows and does nothing where it is read-only', async (t) => {
    const url = await serve(t, ['--read-only']);
    assert.doesNotMatch((await ask(`${url}/index.html`)).body, /<form/);
    assert.equal((await ask(`${url}/confirm?do=run`)).status, 404);
    assert.equal((await ask(`${url}/actions`, {}, 'POST', 'do=run')).status, 403);
  });

  it('is bound elsewhere only read-only, or with a token that readers must type', async (t) => {
    const refused = await runCommand(['ui', '--host', '0.0.0.0'], environment);
    assert.equal(refused.code, 64);
    assert.match(refused.said, /--host 0.0.0.0 can be reached by others: give --read-only, or set UI_TOKEN/);
    const url = await serve(t, ['--host', '0.0.0.0'], { UI_TOKEN: 'open sesame' });
    const { body } = await ask(`${url}/confirm?do=stop&run=2024-01-01`);
    assert.match(body, /type="password" name="token"/);
    assert.doesNotMatch(body, /sesame/);
    const post = (token: string) => ask(`${url}/actions`, {}, 'POST', `do=stop&run=2024-01-01&token=${token}`);
    assert.equal((await post('open+barley')).status, 403);
    assert.equal((await post('open+sesame')).status, 303);
  });

  it('names a port that is taken', async (t) => {
    const { port } = new URL(await serve(t));
    const { code, said } = await runCommand(['ui', '--port', port], environment);
    assert.equal(code, 64);
    assert.match(said, /cannot be listened on .*EADDRINUSE.*: give another --port/);
  });

  it('reports a change to the pages that are open', async (t) => {
    const url = await serve(t);
    const events = await fetch(`${url}/events/index.html`);
    const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
    assert.match((await reader?.read())?.value ?? '', /retry/);
    await runCommand(['clear', '2024-01-01'], environment);
    assert.match((await reader?.read())?.value ?? '', /event: change/);
    await reader?.cancel();
  });

  it('goes on when the store does not answer', async (t) => {
    const s3 = { ARTIFACT_STORE: 's3://none', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1', AWS_MAX_ATTEMPTS: '1' };
    const keys = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' };
    const url = await serve(t, [], { ...s3, ...keys });
    for (let time = 0; time < 2; time++) {
      const { status, body } = await ask(`${url}/index.html`);
      assert.equal(status, 503);
      assert.match(body, /The store does not answer/);
    }
  });
});
