import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { holdingForGood } from '../support/hold.ts';
import { logicalDate, runCommand, startCommand } from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { seedTestLoans } from '../support/seed-test-loans.ts';
import { clusterEnvironment } from '../support/test-cluster.ts';

const mark = 'marked-as-secret';

/** All that may hold a credential, each with a mark of its own. */
const marked = {
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: `${mark}-aws`,
  AWS_SESSION_TOKEN: `${mark}-session`,
  PGPASSWORD: `${mark}-pg`,
  ALERT_WEBHOOK_URL: `http://127.0.0.1:1/${mark}-webhook`,
  ALERT_COMMAND: `exit 1 # ${mark}-command`,
  HEARTBEAT_URL: `http://127.0.0.1:1/${mark}-heartbeat`,
  PUSHGATEWAY_URL: `http://user:${mark}-gateway@127.0.0.1:1`,
  UI_TOKEN: `${mark}-ui`,
} as const;

describe('secrets', { timeout: 300_000 }, () => {
  let postgres: TestPostgres;
  let directory: string;
  let environment: Readonly<Record<string, string>>;
  const said: string[] = [];

  before(async () => {
    postgres = await startPostgres();
    await seedTestLoans(postgres.url, 100);
    await postgres.query(`ALTER USER CURRENT_USER PASSWORD '${mark}-url'`);
    const url = new URL(postgres.url);
    url.password = `${mark}-url`;
    directory = await mkdtemp(join(tmpdir(), 'secrets-'));
    environment = { ...marked, ARTIFACT_STORE: `file://${directory}`, DATABASE_URL: url.href };
  });

  after(async () => {
    await postgres?.stop();
    await rm(directory, { recursive: true, maxRetries: 10 });
  });

  /** What it says must hold no secret, on success and on failure. */
  async function tell(words: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
    const command = await runCommand(words.split(' '), { ...environment, ...more });
    said.push(`${words}: ${command.said}`);
    return command.said;
  }

  it('stand in nothing that a command says, a store keeps or a process is called', async () => {
    await tell(`run --logical-date ${logicalDate}`);
    await tell(`run --logical-date ${logicalDate} --force`, { LOG_FORMAT: 'json' });
    const lost = { DATABASE_URL: `postgres://user:${mark}-lost@127.0.0.1:1/none`, RETRIES: '0' };
    assert.match(await tell('run --logical-date 2024-01-11', lost), /is not available/);
    assert.match(await tell('run --logical-date 2024-01-21', { LOANS_TABLE: 'nowhere' }), /there is no table/);
    const store = {
      ARTIFACT_STORE: '',
      S3_BUCKET: 'bucket',
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1',
      AWS_MAX_ATTEMPTS: '1',
    };
    assert.match(await tell('run --logical-date 2024-01-31', store), /ECONNREFUSED/);
    for (const wrong of ['DATABASE_URL', 'HEARTBEAT_URL', 'ALERT_WEBHOOK_URL', 'PUSHGATEWAY_URL'])
      await tell('doctor', { [wrong]: `ftp://user:${mark}-wrong@host/${mark}` });
    for (const words of [
      'status',
      'status --json',
      'status 2024-01-11 --json',
      'logs 2024-01-11 fetch_data --json',
      'doctor',
      'metrics',
      'alert',
      'alert --test',
      'pages',
      'clear 2024-01-11',
      'seed-loans --rows 5',
    ])
      await tell(words);
    await tell('manifests', { ...clusterEnvironment, ARTIFACT_STORE: '', S3_BUCKET: 'bucket' });

    const held = startCommand(['run', '--logical-date', '2024-02-10'], {
      ...environment,
      ...holdingForGood('create_s3_bucket/20240210T000000.json'),
    });
    await held.until(/create_s3_bucket attempt 1 runs/);
    said.push(...(await titles()));
    held.child.kill('SIGTERM');
    await held.ended;
    said.push(held.said());

    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) said.push(`${entry.name}: ${await readFile(join(entry.parentPath, entry.name), 'latin1')}`);
    assert(said.length > 60, `only ${said.length}`);
    assert.deepEqual(
      said.filter((text) => text.includes(mark)).map((text) => excerpt(text)),
      [],
    );
  });
});

function excerpt(text: string): string {
  const at = text.indexOf(mark);
  return `${text.slice(0, 40)} … ${text.slice(Math.max(0, at - 100), at + 40)}`;
}

/** The command lines of all processes, as `ps` shows them. */
async function titles(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
}
