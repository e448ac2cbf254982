import assert from 'node:assert/strict';
import { test } from 'node:test';
import { about } from '../../../pipeline/monitoring/alert.ts';
import { bodyOf } from '../../../pipeline/monitoring/alert-message.ts';
import { readPipelineSettings } from '../../../pipeline/settings/pipeline-settings.ts';
import { run } from '../../support/run-records.ts';

const alert = about(run, 'failed', 'column "a" <b> & <!channel>', { taskId: 'fetch_data', attempts: 4 });
const origin = { dagId: 'dag', storeUrl: 's3://bucket' };

test('a message says what happened and what to type next, escaped for Slack in its text alone', () => {
  assert.deepEqual(JSON.parse(bodyOf(alert, origin)), {
    text:
      'dag: fetch_data of run scheduled__2024-01-01T00:00:00+00:00 failed: ' +
      'column "a" &lt;b&gt; &amp; &lt;!channel&gt;. Next: npx pipeline logs 20240101T000000 fetch_data',
    event: 'failed',
    dag: 'dag',
    run: 'scheduled__2024-01-01T00:00:00+00:00',
    task: 'fetch_data',
    reason: 'column "a" <b> & <!channel>',
    attempts: 4,
    command: 'npx pipeline logs 20240101T000000 fetch_data',
    logKey: 'logs/dag_id=dag/run_id=scheduled__2024-01-01T00:00:00+00:00/task_id=fetch_data/attempt=4.log',
    links: {
      record: 's3://bucket/dag/runs/20240101T000000/run.json',
      log: 's3://bucket/logs/dag_id=dag/run_id=scheduled__2024-01-01T00:00:00+00:00/task_id=fetch_data/attempt=4.log',
    },
  });
});

test('a template is filled in within its texts, so that no reason leaves them', () => {
  const ALERT_TEMPLATE = '{"payload": {"summary": "{{event}}: {{ reason }}", "parts": ["{{run}}", 7, null]}}';
  const { ALERT_TEMPLATE: template } = readPipelineSettings({ ALERT_TEMPLATE });
  assert.deepEqual(JSON.parse(bodyOf(alert, origin, template)), {
    payload: { summary: 'failed: column "a" <b> & <!channel>', parts: [run.runId, 7, null] },
  });
});

test('a template that is no JSON or names what there is not, and URLs that are none, are refused together', () => {
  const settings = { ALERT_TEMPLATE: '{"a": "{{reasn}}"', ALERT_WEBHOOK_URL: 'ftp://hook-token', HEARTBEAT_URL: 'x' };
  assert.throws(
    () => readPipelineSettings(settings),
    (error: Error) => {
      assert.match(error.message, /ALERT_TEMPLATE must be JSON/);
      assert.match(error.message, /ALERT_TEMPLATE must have no other placeholders than text, event/);
      assert.match(error.message, /ALERT_WEBHOOK_URL must be an http or https URL/);
      assert.match(error.message, /HEARTBEAT_URL must be an http or https URL/);
      assert.doesNotMatch(error.message, /hook-token/);
      return true;
    },
  );
});
