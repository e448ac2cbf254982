import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { observe } from '../../pipeline/executors/kubernetes/job-outcome.ts';
import {
  eventSchema,
  jobSchema,
  nodeLeaseSchema,
  nodeSchema,
  podSchema,
} from '../../pipeline/executors/kubernetes/kubernetes-objects.ts';
import { AlertBook } from '../../pipeline/monitoring/alert-book.ts';
import { AttemptLogs } from '../../pipeline/monitoring/attempt-logs.ts';
import { RunStore } from '../../pipeline/orchestrator/run-store.ts';
import { Pages } from '../../pipeline/pages/pages.ts';
import { readCluster } from '../../pipeline/settings/cluster-settings.ts';
import { readPipelineSettings } from '../../pipeline/settings/pipeline-settings.ts';
import { actionOf } from '../../pipeline/ui/actions.ts';
import { logKey, markerKey, runRecordKey } from '../../tasks/artifacts/artifact-keys.ts';
import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { encodeMarker } from '../../tasks/artifacts/marker.ts';
import { parseJson } from '../../tasks/artifacts/parse-json.ts';
import { runOf } from '../../tasks/artifacts/run-dates.ts';
import { ofCreditDefault } from '../../tasks/dataset/dataset.ts';
import { LoansCheck } from '../../tasks/loans/check-loans.ts';
import { readLoans } from '../../tasks/loans/read-loans.ts';
import { decodeModel } from '../../tasks/model/decode-model.ts';
import { encodeModel } from '../../tasks/model/encode-model.ts';
import { decodeBlock, encodeBlock } from '../../tasks/training/tree-block.ts';
import { headerLine } from '../support/article-columns.ts';
import { chaosCases, chaosSeed, randomOf } from '../support/chaos-cases.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { mutated } from '../support/mutate.ts';
import { randomForest } from '../support/random-forest.ts';
import { dag, endedAttempt, recordWith, run, secondsLater, startedAttempt } from '../support/run-records.ts';
import { cluster, clusterEnvironment } from '../support/test-cluster.ts';

/** 200 for each case that suites of processes try. */
const cases = chaosCases * 200;
/** A reader that takes so long for a small input hangs; far above what the slowest needs on a busy machine. */
const patienceSeconds = 20;

interface Reader {
  readonly name: string;
  readonly sample: Uint8Array;
  readonly read: (bytes: Buffer, random: () => number) => unknown;
  /** The names of the errors that it may end with. */
  readonly errors: readonly string[];
  /** How many of a hundred cases it gets. */
  readonly share: number;
}

const { dagId } = dag;
const json = (value: unknown) => Buffer.from(JSON.stringify(value, null, 1));

async function* cutAnywhere(bytes: Buffer, random: () => number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + Math.floor(random() * 64);
    yield bytes.subarray(at, end);
    at = end;
  }
}

async function storeWith(key: string, bytes: Uint8Array): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.put(key, bytes);
  return store;
}

const loans = Buffer.from(
  `${headerLine}15000.00,52000.50,640,41,36,1\n900.10,-3.20,512,20,6,0\n1e5,,+7,0041,12,1\n7.,NaN,600,30,24,0\n`,
);
const trainedLoans = Buffer.from(
  `${headerLine}15000.00,52000.50,640,41,36,1\n900.10,-3.20,512,20,6,0\n7.,1e5,600,+30,24,0\n`,
);
const record = recordWith(
  {
    fetch_data: { state: 'success', attempts: [endedAttempt(1, 'failed', 70), endedAttempt(2, 'succeeded', 0)] },
    train_model: { state: 'running', attempts: [startedAttempt(1)] },
  },
  ['create_s3_bucket'],
);
const marker = encodeMarker({
  artifact: new ArtifactSet(new MemoryStore(), dagId, run.timestamp).keyOf('loans'),
  bytes: 5,
  sha256: 'ab'.repeat(32),
  etag: '"e"',
  rows: 1,
  inputs: [{ key: 'a/b', sha256: 'cd'.repeat(32) }],
  parameters: { LOANS_TABLE: 'loans', N_ESTIMATORS: 5, MAX_DEPTH: null },
  task: 'fetch_data',
  attempt: 1,
  finishedAt: '2024-02-01T00:00:00.000Z',
  version: '0.2.0',
});
const logLines = Buffer.from(
  '{"time":"2024-01-01T00:00:00.000Z","level":"INFO","message":"checkpoints taken up","trees":40}\n'.repeat(3),
);
const book = {
  version: 1,
  entries: { 'webhook a/failed': { event: 'failed', timestamp: run.timestamp, changedAt: '2024-02-01T00:00:00.000Z' } },
  leases: { [run.timestamp]: { counter: 4, since: '2024-02-01T00:00:00.000Z' } },
};
const metadata = { name: 'a', uid: 'u', creationTimestamp: '2024-02-01T00:00:00Z' };
const pod = {
  metadata: { ...metadata, labels: {}, ownerReferences: [{ uid: 'u' }] },
  spec: { nodeName: 'n' },
  status: {
    phase: 'Failed',
    conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }],
    containerStatuses: [{ name: 'task', state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }],
  },
};
const job = { metadata, status: { conditions: [{ type: 'Failed', status: 'True', reason: 'PodFailurePolicy' }] } };
const settings = {
  S3_BUCKET: 'bucket',
  DATABASE_URL: 'postgresql://user:p%40ss@host:5432,other/credit_db?sslmode=prefer&connect_timeout=3',
  LOANS_TABLE: 'risk.loans',
  N_ESTIMATORS: '100',
  MAX_DEPTH: 'none',
  TEST_SIZE: '0.2',
  ALERT_WEBHOOK_URL: 'https://hooks.example/x',
  ALERT_TEMPLATE: '{"text": "{{text}}"}',
  PRICES: '{"spot": {"vcpuHour": 0.01, "gibHour": 0.001}}',
};
const placements = { SPOT_POD: '{"nodeSelector": {"a": "b"}, "tolerations": [{"operator": "Exists"}]}' };

const readers: readonly Reader[] = [
  {
    name: 'loans, as they are trained on',
    sample: trainedLoans,
    read: (bytes, random) => readLoans(ofCreditDefault, cutAnywhere(bytes, random)),
    errors: ['MalformedCsv'],
    share: 14,
  },
  {
    name: 'loans, as they are fetched',
    sample: loans,
    read: async (bytes, random) => {
      const check = new LoansCheck(ofCreditDefault);
      for await (const chunk of cutAnywhere(bytes, random)) check.update(chunk);
      check.finish();
      return [check.statistics, check.violations];
    },
    errors: ['MalformedCsv'],
    share: 14,
  },
  {
    name: 'a model',
    sample: encodeModel(randomForest(7, { features: 5, trees: 2, maxDepth: 3 }), { engine: 'any' }),
    read: (bytes) => decodeModel(bytes),
    errors: ['MalformedModel'],
    share: 14,
  },
  {
    name: 'a checkpoint',
    sample: encodeBlock('digest/0-0', []),
    read: (bytes) => assert.equal(decodeBlock('digest/0-1', bytes), undefined),
    errors: [],
    share: 6,
  },
  {
    name: 'a marker',
    sample: marker,
    read: async (bytes) => {
      const artifacts = new ArtifactSet(new MemoryStore(), dagId, run.timestamp);
      await artifacts.store.put(markerKey(artifacts.keyOf('loans')), bytes);
      await artifacts.store.put(artifacts.keyOf('loans'), Buffer.from('loans'));
      assert.equal(await artifacts.arePublished(['loans']), false);
    },
    errors: [],
    share: 12,
  },
  {
    name: 'a run record',
    sample: json(record),
    read: async (bytes) => {
      const store = await storeWith(runRecordKey(dagId, run.timestamp), bytes);
      return new RunStore(store, dagId).load(run.timestamp);
    },
    errors: ['InvalidRunRecord'],
    share: 10,
  },
  {
    name: 'the pages of a run',
    sample: json(record),
    read: async (bytes) => {
      const store = await storeWith(runRecordKey(dagId, run.timestamp), bytes);
      await store.put(logKey(dagId, run.runId, 'train_model', 1), logLines);
      const parts = { dag, store, runs: new RunStore(store, dagId), prices: undefined, clock: () => secondsLater(9) };
      const pages = new Pages({ ...parts, lateAfterSeconds: 86_400 });
      return [await pages.overview(), await pages.run(run.timestamp)];
    },
    errors: [],
    share: 3,
  },
  {
    name: 'a log',
    sample: logLines,
    read: async (bytes) => {
      const store = await storeWith(logKey(dagId, run.runId, 'train_model', 1), bytes);
      return new AttemptLogs(store, dagId, run.runId).read();
    },
    errors: [],
    share: 5,
  },
  {
    name: 'the book of alerts',
    sample: json(book),
    read: async (bytes) => new AlertBook(await storeWith(`${dagId}/alerts/book.json`, bytes), dagId).read(),
    errors: [],
    share: 5,
  },
  {
    name: 'a logical date',
    sample: Buffer.from('scheduled__2024-01-11T00:00:00+00:00'),
    read: (bytes) => runOf(dag.schedule, bytes.toString(), secondsLater(0)),
    errors: ['InvalidLogicalDate'],
    share: 5,
  },
  {
    name: 'a form of the pages',
    sample: Buffer.from('do=clear&run=20240101T000000&task=train_model&again=yes'),
    read: (bytes) => actionOf(new URLSearchParams(bytes.toString()), dag, secondsLater(0)),
    errors: ['UsageError'],
    share: 3,
  },
  {
    name: 'a setting',
    sample: json(settings),
    read: (bytes) => readPipelineSettings(environmentOf(bytes, settings)),
    errors: ['UsageError'],
    share: 3,
  },
  {
    name: 'a placement of pods',
    sample: json(placements),
    read: (bytes) => readCluster({ ...clusterEnvironment, ...environmentOf(bytes, placements) }),
    errors: ['UsageError'],
    share: 2,
  },
  {
    name: 'what the API server answers',
    sample: json({ job, pod }),
    read: (bytes) => {
      const answer = Object(parseJson(bytes.toString()));
      const state = {
        job: jobSchema.safeParse(answer.job).data,
        pod: podSchema.safeParse(answer.pod).data,
        node: 'well',
        attempt: { run, taskId: 'train_model', number: 1, queuedAt: '2024-02-01T00:00:00.000Z', hasStarted: true },
        now: secondsLater(60),
        limits: cluster.limits,
      } as const;
      for (const schema of [nodeSchema, nodeLeaseSchema, eventSchema]) schema.safeParse(answer);
      return observe(state);
    },
    errors: [],
    share: 4,
  },
];

/** Each setting's text from the mutated JSON; where that is none any more, one of them is the bytes. */
function environmentOf(bytes: Buffer, known: Readonly<Record<string, string>>): Record<string, string> {
  const found = parseJson(bytes.toString());
  if (typeof found === 'object' && found !== null)
    return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, String(value)]));
  const names = Object.keys(known);
  return { ...known, [names[bytes.length % names.length] ?? '']: bytes.toString() };
}

describe('whatever bytes a reader gets', () => {
  const random = randomOf(chaosSeed);
  for (const { name, sample, read, errors, share } of readers) {
    it(`${name} is read, or refused by name: never a hang, never another object's prototype changed`, async (t) => {
      await read(Buffer.from(sample), random);
      const count = Math.ceil((cases * share) / 100);
      let refused = 0;
      let slowest = 0;
      for (let index = 0; index < count; index++) {
        const bytes = mutated(sample, random);
        const about = () => `CHAOS_SEED=${chaosSeed}, case ${index}: ${bytes.toString('latin1').slice(0, 400)}`;
        const start = performance.now();
        try {
          await read(bytes, random);
        } catch (error) {
          refused++;
          if (!(error instanceof Error) || !errors.includes(error.name)) throw new Error(about(), { cause: error });
        }
        slowest = Math.max(slowest, performance.now() - start);
        assert(slowest < patienceSeconds * 1000, about());
        assert(!('polluted' in {}), about());
      }
      t.diagnostic(`${count} cases, ${refused} refused, the slowest took ${slowest.toFixed(0)} ms`);
    });
  }
});
