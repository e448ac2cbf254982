import type { AttemptRecord, RunRecord, TaskRecord } from '../../pipeline/orchestrator/run-record.ts';
import { RunStore } from '../../pipeline/orchestrator/run-store.ts';
import { logKey } from '../../tasks/artifacts/artifact-keys.ts';
import { taskIds } from '../../tasks/artifacts/catalogue.ts';
import { DirectoryStore } from '../../tasks/artifacts/stores/directory/directory-store.ts';
import { endedAttempt, recordWith } from '../support/run-records.ts';

const dagId = 'credit_default_pipeline';

const scripts = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(2)>',
  '"><svg onload=alert(3)>',
  "' onmouseover='alert(4)",
  '</pre></details><script>alert(5)</script>',
  '</style><script>alert(6)</script>',
  '<a href="javascript:alert(7)">x</a>',
  '<iframe srcdoc="<script>alert(8)</script>"></iframe>',
  '<meta http-equiv=refresh content="0;url=https://example.org">',
  '<base href="https://example.org/">',
  '<form action=https://example.org><button>x</button></form>',
  '<style>body{display:none}</style>',
  '&lt;script&gt;alert(9)&lt;/script&gt;',
  '\u0024{alert(10)}',
  '{{constructor.constructor("alert(11)")()}}',
  '<!--',
  ']]>',
  '\u202Egnp.exe',
  'W'.repeat(600),
  '/very'.repeat(200),
];

/** 200 of them: each alone, and with what surrounds it in ten ways. */
export const hostileTexts: readonly string[] = scripts.flatMap((text, index) =>
  Array.from({ length: 10 }, (_, round) => `${index}.${round} ${text}`),
);

function runAt(index: number, record: RunRecord): RunRecord {
  const date = new Date(Date.UTC(2024, 0, 1, 0, 0, index + 1));
  const timestamp = date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  return { ...record, timestamp, runId: `manual__${date.toISOString().slice(0, 19)}+00:00` };
}

/** Failed runs whose reasons, nodes, logs and names are these texts. Returns the runs' timestamps. */
export async function writeHostileRuns(directory: string): Promise<string[]> {
  const store = new DirectoryStore(directory);
  const runs = new RunStore(store, dagId);
  const timestamps: string[] = [];
  for (let from = 0; from < hostileTexts.length; from += 40) {
    const texts = hostileTexts.slice(from, from + 40);
    const attempts: AttemptRecord[] = texts.map((text, index) => ({
      ...endedAttempt(index + 1, 'failed', 70),
      reason: text,
      node: { name: text, type: text },
    }));
    const task: TaskRecord = { state: 'failed', attempts, clearedThrough: 0, reason: texts.join(' ') };
    const base = recordWith({ train_model: task, evaluate_model: { reason: texts[0] } }, ['create_s3_bucket']);
    const record = runAt(from, { ...base, state: 'failed', description: texts[1] ?? '', tags: texts });
    await runs.save(record, undefined);
    timestamps.push(record.timestamp);
    const lines = texts.map(
      (text) => `${JSON.stringify({ time: '2024-01-01T00:00:00.000Z', level: 'INFO', message: text, [text]: text })}\n`,
    );
    await store.put(logKey(dagId, record.runId, 'train_model', 1), Buffer.from(lines.join('')));
  }
  return timestamps;
}

/** 500 runs, the latest of which has 200 attempts with logs of 300 lines. Returns that one's timestamp. */
export async function writeLargeStore(directory: string): Promise<string> {
  const store = new DirectoryStore(directory);
  const runs = new RunStore(store, dagId);
  const done = Object.fromEntries(taskIds.map((taskId) => [taskId, { attempts: [endedAttempt(1, 'succeeded')] }]));
  for (let index = 0; index < 499; index++)
    await runs.save(runAt(index, { ...recordWith(done, taskIds), state: 'success' }), undefined);
  const attempts = Array.from({ length: 200 }, (_, index) => ({
    ...endedAttempt(index + 1, index % 2 ? 'preempted' : 'failed', index % 2 ? 143 : 70),
    reason: 'the node went away while the forest was grown',
  }));
  const record = runAt(499, { ...recordWith({ train_model: { state: 'failed', attempts } }), state: 'failed' });
  await runs.save(record, undefined);
  const line = JSON.stringify({
    time: '2024-01-01T00:00:00.000Z',
    level: 'INFO',
    message: 'trees are grown',
    done: 40,
  });
  for (let number = 1; number <= 200; number++)
    await store.put(logKey(dagId, record.runId, 'train_model', number), Buffer.from(`${line}\n`.repeat(300)));
  return record.timestamp;
}
