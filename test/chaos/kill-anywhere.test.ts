import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type AttemptRecord, runRecordSchema } from '../../pipeline/orchestrator/run-record.ts';
import { runRecordKey } from '../../tasks/artifacts/artifact-keys.ts';
import { catalogue, type TaskId, taskIds } from '../../tasks/artifacts/catalogue.ts';
import { chaosCases, chaosSeed, inLanes, randomOf, shuffled } from '../support/chaos-cases.ts';
import { artifactHashes, logicalDate, startCommand } from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { seedTestLoans } from '../support/seed-test-loans.ts';
import { assertNoOrphans, storeWithout } from '../support/undone-store.ts';

const dagId = 'credit_default_pipeline';
const timestamp = '20240101T000000';
const lanes = 2;

type Side = 'before' | 'after';

interface Strike {
  readonly program: string;
  /** 0: the orchestrator. */
  readonly attempt: number;
  readonly point: number;
  readonly side: Side;
}

type Signal = 'SIGKILL' | 'SIGTERM';

interface Case {
  /** What is to be done: the others are published. */
  readonly taskId: TaskId;
  readonly strikes: readonly Strike[];
}

describe('a run that is killed at any point', { timeout: 40 * 60_000 }, () => {
  let postgres: TestPostgres;
  let folder: string;
  let base: string;
  let expected: Record<string, string>;
  const pointsOf = new Map<string, number>();

  before(async () => {
    postgres = await startPostgres();
    await seedTestLoans(postgres.url, 60);
    folder = await mkdtemp(join(tmpdir(), 'kill-anywhere-'));
    base = join(folder, 'base');
    assert.equal(await run(base).ended, 0);
    expected = await artifactHashes(base);
    for (const taskId of taskIds) {
      const store = await storeWithout(taskId, base, join(folder, `count-${taskId}`));
      const file = join(folder, `${taskId}.points`);
      assert.equal(await run(store, { POINTS_COUNTED: file }).ended, 0);
      for (const line of (await readFile(file, 'utf8')).trim().split('\n')) {
        const [program = '', , points] = line.split(' ');
        pointsOf.set(program === 'cli' ? `cli ${taskId}` : program, Number(points));
      }
    }
  });

  after(async () => {
    await postgres?.stop();
    await rm(folder, { recursive: true, maxRetries: 10 });
  });

  function run(store: string, more: Readonly<Record<string, string>> = {}) {
    const preload = new URL('../support/numbered-points.ts', import.meta.url);
    const environment = { ARTIFACT_STORE: `file://${store}`, DATABASE_URL: postgres.url, ...more };
    return startCommand(['run', '--logical-date', logicalDate], {
      ...environment,
      ...(Object.keys(more).length > 0 && { NODE_OPTIONS: `--import=${preload}` }),
      CHECKPOINT_AFTER_SECONDS: '0',
    });
  }

  /** How many of the strikes came about: not each attempt gets as far as its point. */
  async function survive({ taskId, strikes }: Case, signal: Signal, index: number): Promise<number> {
    const store = await storeWithout(taskId, base, join(folder, `case-${signal}-${index}`));
    const POINTS_STRUCK = join(folder, `${signal}-${index}.struck`);
    const POINTS = strikes
      .map(({ program, attempt, point, side }) => `${program} ${attempt} ${point} ${signal} ${side}`)
      .join(';');
    const about = `${taskId}: ${POINTS}`;
    let command = run(store, { POINTS, POINTS_STRUCK });
    const stopped = signal === 'SIGKILL' ? ['SIGKILL'] : ['SIGTERM', 143];
    // it was the orchestrator that was struck: the next one goes on
    if (stopped.includes(await command.ended)) command = run(store);
    assert.equal(await command.ended, 0, `${about}\n${command.said()}`);
    assert.deepEqual(await artifactHashes(store), expected, about);
    await assertNoOrphans(store, about);
    await assertNoStrays(store, about);
    const attempts = await attemptsOf(store, taskId);
    assertCharged(attempts, strikes, signal, about);
    await rm(store, { recursive: true, maxRetries: 10 });
    const struck = await readFile(POINTS_STRUCK, 'utf8').catch(() => '');
    return struck.split('\n').length - 1;
  }

  for (const [signal, share] of [
    ['SIGKILL', 1],
    ['SIGTERM', 0.2],
  ] as const) {
    it(`by ${signal} ends with the same bytes, no orphan, no stray file, attempts charged by the contract`, async (t) => {
      const random = randomOf(chaosSeed);
      const singles = shuffled(singleStrikes(), random);
      // of five cases four have one strike, each at a point of its own as long as there are any
      const cases = Array.from({ length: Math.ceil(chaosCases * share) }, (_, index) => {
        const single = index % 5 === 4 ? undefined : singles.pop();
        return single ?? severalStrikes(random);
      });
      t.diagnostic(`CHAOS_CASES=${chaosCases} CHAOS_SEED=${chaosSeed}`);
      let strikes = 0;
      await inLanes(cases, lanes, async (one, index) => {
        // added up after the wait, during which the other lane adds its own
        const struck = await survive(one, signal, index);
        strikes += struck;
      });
      t.diagnostic(`${cases.length} cases, ${strikes} times ${signal}, all converged`);
      assert(strikes > cases.length * 0.8, `only ${strikes} strikes`);
    });
  }

  /** Each point of each task, and of the orchestrator while it has each task done. */
  function singleStrikes(): Case[] {
    return taskIds.flatMap((taskId) => [
      ...strikesAt(taskId, catalogue[taskId].entrypoint, 1, pointsOf.get(catalogue[taskId].entrypoint) ?? 0),
      ...strikesAt(taskId, 'cli', 0, pointsOf.get(`cli ${taskId}`) ?? 0),
    ]);
  }

  function strikesAt(taskId: TaskId, program: string, attempt: number, points: number): Case[] {
    return Array.from({ length: points }, (_, index) => index + 1).flatMap((point) =>
      (['before', 'after'] as const).map((side) => ({ taskId, strikes: [{ program, attempt, point, side }] })),
    );
  }

  /** A task two or three times in a row, or task and orchestrator both. */
  function severalStrikes(random: () => number): Case {
    const upTo = (most: number) => 1 + Math.floor(random() * most);
    const taskId = taskIds[upTo(taskIds.length) - 1] ?? 'fetch_data';
    const program = catalogue[taskId].entrypoint;
    const side = (): Side => (random() < 0.5 ? 'before' : 'after');
    const ofTask = (attempt: number): Strike => ({
      program,
      attempt,
      point: upTo(pointsOf.get(program) ?? 1),
      side: side(),
    });
    const ofCli = {
      program: 'cli',
      attempt: 0,
      point: upTo(pointsOf.get(`cli ${taskId}`) ?? 1),
      side: side(),
    } as const;
    const kinds = [
      [ofTask(1), ofTask(2)],
      [ofTask(1), ofTask(2), ofTask(3)],
      [ofTask(1), ofCli],
    ];
    return { taskId, strikes: kinds[upTo(kinds.length) - 1] ?? [] };
  }
});

async function attemptsOf(store: string, taskId: TaskId): Promise<readonly AttemptRecord[]> {
  const text = await readFile(join(store, runRecordKey(dagId, timestamp)), 'utf8');
  return runRecordSchema.parse(JSON.parse(text)).tasks[taskId]?.attempts ?? [];
}

/**
 * One that was killed has failed and is charged, one that was stopped was preempted and is not; one whose orchestrator
 * ended is cancelled. Never is there one too many.
 */
function assertCharged(attempts: readonly AttemptRecord[], strikes: readonly Strike[], signal: Signal, about: string) {
  const outcomes = attempts.map((attempt) => (attempt.phase === 'ended' ? attempt.outcome : attempt.phase));
  const lost = signal === 'SIGKILL' ? /^(failed|cancelled)$/ : /^(preempted|cancelled)$/;
  assert(attempts.length <= strikes.length + 1, `${about}: ${outcomes}`);
  for (const outcome of outcomes.slice(0, -1)) assert.match(outcome, lost, `${about}: ${outcomes}`);
  // no attempt: it was published, and the orchestrator ended before it had recorded that one had begun
  if (outcomes.length > 0) assert.match(outcomes.at(-1) ?? '', /^(succeeded|cancelled)$/, `${about}: ${outcomes}`);
}

/** What a killed writer leaves is a hidden draft, removed after a day; checkpoints go with the task that made them. */
async function assertNoStrays(store: string, about: string): Promise<void> {
  const keys = (await readdir(store, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(store.length + 1));
  const known =
    /^(\.store\/(lock|[\w-]+\.draft)|logs\/.*\.log|credit_default_pipeline\/(index\.html|runs\/\w+\/(run\.json|index\.html)|models\/\w+\/\w+\.json|\w+\/\w+\.\w+(\.SUCCESS)?))$/;
  assert.deepEqual(
    keys.filter((key) => !known.test(key)),
    [],
    about,
  );
}
