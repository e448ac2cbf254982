import { creditDefaultDag } from '../pipeline/credit-default-dag.ts';
import type { Dataset } from './dataset/dataset.ts';
import { LoansCheck, type LoansStatistics } from './loans/check-loans.ts';
import { LoansSource } from './loans/loans-source.ts';
import { runDates } from './loans/query-dates.ts';
import { requireReady } from './loans/require-ready.ts';
import { BadData } from './runtime/errors.ts';
import type { Log } from './runtime/log.ts';
import { connectDatabase } from './runtime/postgres/database.ts';
import { runTask } from './runtime/run-task.ts';
import type { Task, TaskContext } from './runtime/task.ts';

const progressEveryMillis = 250;

/** Copies the loans, judged on the way, into the artifact store. Bad data is read to its end but never published. */
export const fetchData: Task = {
  taskId: 'fetch_data',
  summary: 'Copies the loans into the artifact store, as a CSV in id order.',

  async run(context: TaskContext): Promise<void> {
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
      const check = new LoansCheck(dataset);
      const loans = checkedLoans(context, source, check);
      await artifacts.publish('loans', loans, () => ({ rows: check.rows, statistics: check.statistics }));
    } finally {
      await database.end();
    }
  },
};

async function* checkedLoans(
  { settings: { DATASET: dataset }, log, progress }: TaskContext,
  source: LoansSource,
  check: LoansCheck,
): AsyncGenerator<Uint8Array> {
  const total = source.estimate;
  let reportAt = 0;
  for await (const chunk of source.read()) {
    check.update(chunk);
    if (performance.now() >= reportAt) {
      progress({ done: check.rows, total: total && Math.max(total, check.rows), unit: 'rows' });
      reportAt = performance.now() + progressEveryMillis;
    }
    yield chunk;
  }
  check.finish();
  logStatistics(log, dataset, check.statistics);
  const faults = await source.faults(check);
  if (faults.length > 0) throw new BadData(`${dataset.source}: ${faults.join('; ')}`);
  progress({ done: check.rows, total: check.rows, unit: 'rows' });
}

function logStatistics(log: Log, { classNames: [zero, one] }: Dataset, statistics: LoansStatistics): void {
  const { rows, columns, classes } = statistics;
  log.info('loans read', { rows, [zero]: classes[0], [one]: classes[1] });
  for (const [name, statistics] of Object.entries(columns)) log.info(`column ${name}`, { ...statistics });
}

if (import.meta.main) await runTask(fetchData);
