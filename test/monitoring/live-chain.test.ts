import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { serve } from '../support/http-server.ts';
import { runCommand } from '../support/pipeline-command.ts';
import { useSeededLoans } from '../support/seeded-loans.ts';

const rules = fileURLToPath(new URL('../../docs/monitoring/rules.yaml', import.meta.url));
const programs = ['promtool', 'prometheus', 'prometheus-pushgateway', 'prometheus-alertmanager'];
const missing = programs.filter((name) => spawnSync(name, ['--version']).status !== 0);
const skip =
  missing.length > 0 &&
  `${missing.join(', ')} not found: apt install prometheus prometheus-pushgateway prometheus-alertmanager`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : assert.fail();
}

describe('the alerting rules', { skip }, () => {
  const stops: (() => Promise<void>)[] = [];
  after(async () => {
    for (const stop of stops) await stop();
  });
  const loans = useSeededLoans();

  /** Waits until it answers. */
  async function start(program: string, port: number, args: readonly string[]): Promise<string> {
    const child = spawn(program, args, { cwd: loans.folder, stdio: ['ignore', 'ignore', 'pipe'] });
    const complaints = text(child.stderr);
    stops.push(async () => {
      child.kill('SIGKILL');
      await once(child, 'close').catch(() => {});
    });
    const url = `http://127.0.0.1:${port}`;
    while (!(await fetch(`${url}/-/ready`).catch(() => undefined))?.ok) {
      if (child.exitCode !== null) assert.fail(`${program} ended: ${await complaints}`);
      await sleep(100);
    }
    return url;
  }

  test('are what promtool accepts, and fire as their test says', () => {
    const { status, stdout, stderr } = spawnSync('promtool', [
      'test',
      'rules',
      join(import.meta.dirname, 'rules-test.yaml'),
    ]);
    assert.equal(status, 0, `${stdout}${stderr}`);
  });

  test('lead a failed run through Pushgateway, Prometheus and Alertmanager to a webhook, and a good one resolves it', {
    timeout: 180_000,
  }, async (t) => {
    const received: string[] = [];
    const hook = await serve(t, async (request, response) => {
      const { alerts } = JSON.parse(await text(request));
      for (const { status, labels } of alerts) received.push(`${labels.alertname} ${status}`);
      response.end();
    });
    const until = async (event: string) => {
      while (!received.includes(event)) await sleep(200);
    };

    const ports = [await freePort(), await freePort(), await freePort()] as const;
    const PUSHGATEWAY_URL = await start('prometheus-pushgateway', ports[0], [
      `--web.listen-address=127.0.0.1:${ports[0]}`,
    ]);
    await writeFile(
      join(loans.folder, 'alertmanager.yml'),
      JSON.stringify({
        route: { receiver: 'hook', group_by: ['alertname'], group_wait: '0s', group_interval: '1s' },
        receivers: [{ name: 'hook', webhook_configs: [{ url: hook, send_resolved: true }] }],
      }),
    );
    await start('prometheus-alertmanager', ports[1], [
      '--config.file=alertmanager.yml',
      '--storage.path=alertmanager',
      `--web.listen-address=127.0.0.1:${ports[1]}`,
      '--cluster.listen-address=',
    ]);
    await writeFile(
      join(loans.folder, 'prometheus.yml'),
      JSON.stringify({
        global: { scrape_interval: '1s', evaluation_interval: '1s' },
        rule_files: [rules],
        alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${ports[1]}`] }] }] },
        scrape_configs: [
          { job_name: 'pushgateway', honor_labels: true, static_configs: [{ targets: [`127.0.0.1:${ports[0]}`] }] },
        ],
      }),
    );
    await start('prometheus', ports[2], [
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=data',
      `--web.listen-address=127.0.0.1:${ports[2]}`,
    ]);

    const settings = {
      ARTIFACT_STORE: `file://${join(loans.folder, 'store')}`,
      DATABASE_URL: loans.postgres.url,
      PUSHGATEWAY_URL,
    };
    const failed = await runCommand(['schedule'], { ...settings, LOANS_TABLE: 'nowhere' });
    assert.equal(failed.code, 1, failed.said);
    await until('RunFailed firing');

    const [run] = JSON.parse((await runCommand(['status', '--json'], settings)).printed);
    await runCommand(['clear', run.timestamp], settings);
    const good = await runCommand(['schedule'], settings);
    assert.equal(good.code, 0, good.said);
    await until('RunFailed resolved');
  });
});
