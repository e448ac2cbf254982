import { LoansCheck, type LoansStatistics } from './loans/check-loans.ts';
import { classFaults, openLoans, rowFaults } from './loans/loans-source.ts';
import { copyQuery } from './loans/loans-table.ts';
import { BadData } from './runtime/errors.ts';
import type { Log } from './runtime/log.ts';
import { connectDatabase, type Database } from './runtime/postgres/database.ts';
import { runTask } from './runtime/run-task.ts';
import type { Task, TaskContext } from './runtime/task.ts';

const progressEveryMillis = 250;

/** Copies the loans table, judged on the way, into the artifact store. Bad data is read to its end but never published. */
export const fetchData: Task = {
  taskId: 'fetch_data',
  summary: 'Copies the loans table into the artifact store, as a CSV in id order.',

  async run(context: TaskContext): Promise<void> {
    const { settings, environment, artifacts, log, signal } = context;
    const database = await connectDatabase(settings, environment, signal);
    try {
      log.info(`reading table ${settings.LOANS_TABLE} of ${database.address}`);
      const total = await openLoans(database, settings.LOANS_TABLE);
      const check = new LoansCheck();
      const loans = checkedLoans(context, database, check, total);
      await artifacts.publish('loans', loans, () => ({ rows: check.rows, statistics: check.statistics }));
    } finally {
      await database.end();
    }
  },
};

async function* checkedLoans(
  { settings, log, progress }: TaskContext,
  database: Database,
  check: LoansCheck,
  total: number | null,
): AsyncGenerator<Uint8Array> {
  const table = settings.LOANS_TABLE;
  let reportAt = 0;
  for await (const chunk of database.copyTo(copyQuery(table))) {
    check.update(chunk);
    if (performance.now() >= reportAt) {
      progress({ done: check.rows, total: total && Math.max(total, check.rows), unit: 'rows' });
      reportAt = performance.now() + progressEveryMillis;
    }
    yield chunk;
  }
  check.finish();
  logStatistics(log, check.statistics);
  const faults = [...classFaults(check.statistics), ...(await rowFaults(database, table, check))];
  if (faults.length > 0) throw new BadData(`table ${table}: ${faults.join('; ')}`);
  progress({ done: check.rows, total: check.rows, unit: 'rows' });
}

function logStatistics(log: Log, { rows, columns, classes }: LoansStatistics): void {
  log.info('loans read', { rows, repaid: classes[0], defaulted: classes[1] });
  for (const [name, statistics] of Object.entries(columns)) log.info(`column ${name}`, { ...statistics });
}

if (import.meta.main) await runTask(fetchData);
