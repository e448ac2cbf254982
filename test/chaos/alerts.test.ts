import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { serve } from '../support/http-server.ts';
import { runCommand, startCommand } from '../support/pipeline-command.ts';
import { useSeededLoans } from '../support/seeded-loans.ts';

const loans = useSeededLoans();
let stores = 0;

/** It fails at once and for good. */
const failing = { LOANS_TABLE: 'nowhere' };

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

interface Received {
  readonly path: string;
  readonly body: Readonly<Record<string, string>>;
}

/** A webhook that answers as `answer` does, and what it got. */
async function webhook(t: TestContext, answer: Answer = (_, response) => void response.end()) {
  const received: Received[] = [];
  const url = await serve(t, async (request, response) => {
    const body = await text(request);
    received.push({ path: request.url ?? '', body: body ? JSON.parse(body) : {} });
    answer(request, response);
  });
  const settings = {
    ARTIFACT_STORE: `file://${join(loans.folder, `store-${stores++}`)}`,
    DATABASE_URL: loans.postgres.url,
    // nothing here is late
    LATE_AFTER_SECONDS: '31536000',
    ALERT_WEBHOOK_URL: `${url}/services/the-token`,
  };
  const events = () => received.map(({ body }) => body.event);
  return { url, settings, received, events };
}

async function dueTimestamp(settings: Readonly<Record<string, string>>): Promise<string> {
  const { printed } = await runCommand(['status', '--json'], settings);
  return String(JSON.parse(printed).at(-1)?.timestamp);
}

/** The due run is the one that wake-ups and alerts look at. */
const due = ['run'];

describe('alerts', () => {
  test('a failed run is alerted of once, and once more when it has recovered', async (t) => {
    const { settings, received, events } = await webhook(t);
    const failed = await runCommand(due, { ...settings, ...failing });
    assert.equal(failed.code, 1, failed.said);
    assert.deepEqual(events(), ['failed']);
    const [{ body }] = received as [Received];
    assert.equal(body.task, 'fetch_data');
    assert.match(body.text ?? '', /fetch_data of run .* failed: .*there is no table nowhere.* Next: npx pipeline logs/);

    await runCommand(['clear', await dueTimestamp(settings)], settings);
    await runCommand(['schedule'], settings);
    assert.deepEqual(events(), ['failed', 'recovered']);
    const again = await runCommand(['alert'], settings);
    assert.deepEqual([again.code, again.printed], [0, '0 alerts sent\n']);
  });

  test('of two that send at once one does', async (t) => {
    const { settings, events } = await webhook(t);
    const { ALERT_WEBHOOK_URL: _, ...unalerted } = settings;
    await runCommand(due, { ...unalerted, ...failing });
    await Promise.all([1, 2, 3].map(() => runCommand(['alert'], settings)));
    assert.deepEqual(events(), ['failed']);
  });

  test('killed while it sends, the next one sends again; killed after that, none does', async (t) => {
    let alert: ReturnType<typeof startCommand> | undefined;
    const { settings, events } = await webhook(t, (_, response) => {
      if (events().length === 1) alert?.child.kill('SIGKILL');
      else response.end();
    });
    const { ALERT_WEBHOOK_URL: _, ...unalerted } = settings;
    await runCommand(due, { ...unalerted, ...failing });
    alert = startCommand(['alert'], settings);
    assert.equal(await alert.ended, 'SIGKILL');
    assert.deepEqual(events(), ['failed']);

    alert = startCommand(['alert'], settings);
    await alert.until(/1 alert sent/);
    alert.child.kill('SIGKILL');
    await alert.ended;
    await runCommand(['alert'], settings);
    assert.deepEqual(events(), ['failed', 'failed']);
  });

  const sick: readonly [how: string, answer: Answer, says: RegExp][] = [
    ['hangs', () => {}, /no answer within 4 s/],
    ['resets', (request) => void request.socket.destroy(), /UND_ERR_SOCKET|ECONNRESET/],
    ['answers 500', (_, response) => void response.writeHead(500).end('the-token'), /it answered 500/],
    [
      'redirects',
      (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      /it answered 302/,
    ],
  ];
  for (const [how, answer, says] of sick) {
    test(`a webhook that ${how} changes no run, and is said in the log without its address`, async (t) => {
      const { settings, events } = await webhook(t, answer);
      const alerted = await runCommand(due, { ...settings, ...failing });
      assert.equal(alerted.code, 1);
      assert.deepEqual(events(), ['failed']);
      assert.match(alerted.said, says);
      assert.doesNotMatch(alerted.said, /the-token/);
      const record = await readFile(
        `${settings.ARTIFACT_STORE.slice(7)}/credit_default_pipeline/alerts/book.json`,
        'utf8',
      );
      assert.doesNotMatch(record, /the-token/);
      // it backs off
      await runCommand(['alert'], settings);
      assert.deepEqual(events(), ['failed']);
    });
  }

  test('a program gets the alert on its stdin, and nothing of the environment', async (t) => {
    const { settings } = await webhook(t);
    const file = join(loans.folder, 'got.json');
    const { ALERT_WEBHOOK_URL: _, ...others } = settings;
    const command = `cat > ${file}; env > ${file}.env`;
    const { code, said } = await runCommand(['alert', '--test'], { ...others, ALERT_COMMAND: command });
    assert.equal(code, 0, said);
    assert.equal(JSON.parse(await readFile(file, 'utf8')).event, 'test');
    assert.doesNotMatch(await readFile(`${file}.env`, 'utf8'), /DATABASE_URL|ALERT/);
    const failed = await runCommand(['alert', '--test'], { ...others, ALERT_COMMAND: 'exit 3' });
    assert.deepEqual([failed.code, /the command failed: it exited with 3/.test(failed.said)], [69, true]);
  });

  test('doctor says who is alerted and whether the hosts can be reached, and sends nothing', async (t) => {
    const { url, settings, received } = await webhook(t);
    const well = await runCommand(['doctor'], { ...settings, HEARTBEAT_URL: `${url}/ping` });
    assert.match(well.printed, /✔ alerts +by a webhook\n✔ heartbeat +set\n– metrics +not published/);
    const ill = await runCommand(['doctor'], { ...settings, ALERT_WEBHOOK_URL: 'http://127.0.0.1:1/the-token' });
    assert.match(ill.printed, /✘ alerts +its host cannot be reached \(connect ECONNREFUSED 127\.0\.0\.1:1\)/);
    assert.doesNotMatch(ill.said, /the-token/);
    assert.deepEqual(received, []);
  });

  test('without anyone to alert nothing is recorded, and the command says so', async (t) => {
    const { settings } = await webhook(t);
    const { ALERT_WEBHOOK_URL: _, ...unalerted } = settings;
    await runCommand(due, { ...unalerted, ...failing });
    const book = `${settings.ARTIFACT_STORE.slice(7)}/credit_default_pipeline/alerts/book.json`;
    await assert.rejects(readFile(book), { code: 'ENOENT' });
    assert.equal((await runCommand(['alert'], unalerted)).code, 64);
  });
});

describe('the heartbeat of a wake-up', () => {
  const pings = (received: readonly Received[]) => received.map(({ path }) => path.replace(/[0-9a-f-]{36}$/, 'ID'));

  test('is a success only once the due run is seen published', async (t) => {
    const { url, settings, received } = await webhook(t);
    const { ALERT_WEBHOOK_URL: _, ...others } = settings;
    const HEARTBEAT_URL = `${url}/ping/key`;
    await runCommand(['schedule'], { ...others, ...failing, HEARTBEAT_URL });
    assert.deepEqual(pings(received), ['/ping/key/start?rid=ID', '/ping/key/fail?rid=ID']);
    await runCommand(['clear', await dueTimestamp(others)], others);
    await runCommand(['schedule'], { ...others, HEARTBEAT_URL });
    assert.deepEqual(pings(received).slice(2), ['/ping/key/start?rid=ID', '/ping/key?rid=ID']);
    // what one wake-up starts, another can end
    assert.equal(new Set(received.map(({ path }) => path.split('rid=')[1])).size, 1);
  });

  test('that cannot be sent changes nothing', async (t) => {
    const { settings } = await webhook(t);
    const { ALERT_WEBHOOK_URL: _, ...others } = settings;
    const { code, said } = await runCommand(['schedule'], { ...others, HEARTBEAT_URL: 'http://127.0.0.1:1/the-token' });
    assert.equal(code, 0, said);
    assert.match(said, /the heartbeat could not be sent: it cannot be reached/);
    assert.doesNotMatch(said, /the-token/);
  });
});
