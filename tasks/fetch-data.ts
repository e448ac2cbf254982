import { creditDefaultDag } from '../pipeline/credit-default-dag.ts';
import type { Dataset } from './dataset/dataset.ts';
import { LoansCheck, type LoansStatistics } from './loans/check-loans.ts';
import { LoansSource } from './loans/loans-source.ts';
import { runDates } from './loans/query-dates.ts';
import { requireReady } from './loans/require-ready.ts';
import { encodeProfile } from './profile/profile.ts';
import { BadData } from './runtime/errors.ts';
import type { Log } from './runtime/log.ts';
import { connectDatabase } from './runtime/postgres/database.ts';
import { runTask } from './runtime/run-task.ts';
import type { Task, TaskContext } from './runtime/task.ts';

const progressEveryMillis = 250;

/**
 * Copies the loans, judged on the way, into the artifact store, with their profile. Bad data is read to its end but never
 * published. Loans that are published already are not read from the table again, which may have changed since.
 */
export const fetchData: Task = {
  taskId: 'fetch_data',
  summary: 'Copies the loans into the artifact store, in id order, with their profile.',

  async run(context: TaskContext): Promise<void> {
    const check = new LoansCheck(context.settings.DATASET);
    await (context.missing.includes('loans') ? fetchLoans(context, check) : readPublishedLoans(context, check));
    await context.artifacts.publish('profile', [encodeProfile(check.profile)], () => ({ rows: check.rows }));
  },
};

async function fetchLoans(context: TaskContext, check: LoansCheck): Promise<void> {
  const { settings, environment, run, artifacts, log, signal } = context;
  const { DATASET: dataset, AS_OF } = settings;
  const database = await connectDatabase(settings, environment, signal);
  try {
    const dates = runDates(creditDefaultDag.schedule, run);
    const isAsOf = AS_OF === 'data-interval-end';
    const asOf = isAsOf ? `, as of ${dates.data_interval_end.toISOString()}` : '';
    log.info(`reading ${dataset.source} of ${database.address}${asOf}`);
    if (settings.READY_QUERY !== undefined) await requireReady(database, settings.READY_QUERY, dates);
    const source = await LoansSource.open(database, { dataset, dates, isAsOf });
    const loans = checkedLoans(context, source, check);
    await artifacts.publish('loans', loans, () => ({ rows: check.rows, statistics: check.statistics }));
  } finally {
    await database.end();
  }
}

async function* checkedLoans(context: TaskContext, source: LoansSource, check: LoansCheck): AsyncGenerator<Uint8Array> {
  const { DATASET: dataset } = context.settings;
  yield* counted(context, source.read(), check, source.estimate);
  logStatistics(context.log, dataset, check.statistics);
  const faults = await source.faults(check);
  if (faults.length > 0) throw new BadData(`${dataset.source}: ${faults.join('; ')}`);
  context.progress({ done: check.rows, total: check.rows, unit: 'rows' });
}

async function readPublishedLoans(context: TaskContext, check: LoansCheck): Promise<void> {
  context.log.info('the loans are published: making their profile');
  for await (const _ of counted(context, await context.artifacts.read('loans'), check, null));
}

async function* counted(
  { progress }: TaskContext,
  chunks: AsyncIterable<Uint8Array>,
  check: LoansCheck,
  total: number | null,
): AsyncGenerator<Uint8Array> {
  let reportAt = 0;
  for await (const chunk of chunks) {
    check.update(chunk);
    if (performance.now() >= reportAt) {
      progress({ done: check.rows, total: total && Math.max(total, check.rows), unit: 'rows' });
      reportAt = performance.now() + progressEveryMillis;
    }
    yield chunk;
  }
  check.finish();
}

function logStatistics(log: Log, { classNames: [zero, one] }: Dataset, statistics: LoansStatistics): void {
  const { rows, columns, classes } = statistics;
  log.info('loans read', { rows, [zero]: classes[0], [one]: classes[1] });
  for (const [name, statistics] of Object.entries(columns)) log.info(`column ${name}`, { ...statistics });
}

if (import.meta.main) await runTask(fetchData);
