import { nextDueAt } from '../../tasks/artifacts/run-dates.ts';
import { LoansCheck } from '../../tasks/loans/check-loans.ts';
import { LoansSource } from '../../tasks/loans/loans-source.ts';
import { runDates } from '../../tasks/loans/query-dates.ts';
import type { Environment } from '../../tasks/runtime/environment.ts';
import { BadData } from '../../tasks/runtime/errors.ts';
import { connectDatabase } from '../../tasks/runtime/postgres/database.ts';
import { creditDefaultDag } from '../credit-default-dag.ts';
import type { PipelineSettings } from '../settings/pipeline-settings.ts';

const sampleRows = 10_000;

/**
 * The checks of fetch_data: of the source as a whole, and of its first rows.
 * @throws BadData with every fault
 */
export async function checkLoans(settings: PipelineSettings, environment: Environment, now: Date): Promise<string> {
  const { DATASET: dataset } = settings;
  const { schedule } = creditDefaultDag;
  const database = await connectDatabase(settings, environment);
  try {
    // as of an interval that is still running, so that all rows of today are in it
    const dates = runDates(schedule, { logicalDate: nextDueAt(schedule, now) });
    const source = await LoansSource.open(database, { dataset, dates, isAsOf: settings.AS_OF !== 'now' });
    const check = new LoansCheck(dataset);
    for await (const chunk of source.read(sampleRows)) check.update(chunk);
    check.finish();
    const isSample = check.rows === sampleRows;
    const faults = await source.faults(check, isSample);
    const rows = `${isSample ? 'first ' : ''}${check.rows.toLocaleString('en-US')} rows`;
    if (faults.length > 0) throw new BadData(`${dataset.source} (${rows} read): ${faults.join('; ')}`);
    const asOf = source.asOfFaults.map((fault) => `; with AS_OF=data-interval-end it could not be: ${fault}`);
    return `${dataset.source} can be read, and its ${rows} can be trained on${asOf.join('')}`;
  } finally {
    await database.end();
  }
}
