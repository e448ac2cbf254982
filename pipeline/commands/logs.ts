import { taskLogsPrefix } from '../../tasks/artifacts/artifact-keys.ts';
import { taskIds } from '../../tasks/artifacts/catalogue.ts';
import { parseJson } from '../../tasks/artifacts/parse-json.ts';
import { type Run, runOf } from '../../tasks/artifacts/run-dates.ts';
import { readAll } from '../../tasks/artifacts/stores/read-all.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { logLineSchema, textOf } from '../../tasks/runtime/log.ts';
import { printable } from '../../tasks/runtime/printable.ts';
import { attemptReason } from '../monitoring/durations.ts';
import { taskRecord } from '../orchestrator/run-record.ts';
import { taskNamed } from './clear.ts';
import { type Command, parseCommandLine, wholeNumberOption } from './command.ts';
import { openPipeline, type Pipeline } from './wiring.ts';

export const logs: Command = {
  usage: 'logs RUN TASK [--attempt N] [--json]',
  summary: "print a task's log",
  details: `  RUN           a logical date, timestamp or run id, as 2024-01-01
  TASK          ${taskIds.join(', ')}
  --attempt N   of this attempt (default: the last; 0 is a task invoked by hand)
  --json        the lines as they are stored`,
  example: 'npx pipeline logs 2024-01-01 train_model',
  needs: 'store',
  async execute(args, { environment, surroundings }) {
    const options = { attempt: { type: 'string' }, json: { type: 'boolean' } } as const;
    const { values, operands } = parseCommandLine(args, options, ['RUN', 'TASK']);
    const task = taskNamed(operands[1] ?? '');
    const wanted = values.attempt === undefined ? undefined : wholeNumberOption('attempt', values.attempt, 0);
    const pipeline = await openPipeline(environment, surroundings);
    const run = runOf(pipeline.dag.schedule, operands[0] ?? '', surroundings.clock());
    const stored = await storedAttempts(pipeline, run, task);
    const record = (await pipeline.runs.load(run.timestamp))?.record;
    if (!record && stored.size === 0)
      throw new UsageError([`there is no run ${run.runId}: 'npx pipeline status' names those that there are`]);
    const { state, attempts: recorded } = taskRecord(record ?? { tasks: {} }, task);
    if (recorded.length === 0 && stored.size === 0) {
      throw new UsageError([
        `${task} of ${run.runId} has not run (${state}): see 'npx pipeline status ${run.timestamp}'`,
      ]);
    }
    const attempt = wanted ?? recorded.at(-1)?.number ?? Math.max(...stored.keys());
    const key = stored.get(attempt);
    if (key) {
      await print(pipeline, key, values.json ?? false);
      return exitCodes.success;
    }
    const known = recorded.find(({ number }) => number === attempt);
    if (!known)
      throw new UsageError([`${task} of ${run.runId} has no such attempt: see 'npx pipeline status ${run.timestamp}'`]);
    const outcome = known.phase === 'ended' ? known.outcome : 'not yet';
    const reason = attemptReason(known);
    process.stdout.write(`attempt ${attempt} left no log; it ended: ${outcome}${reason ? ` (${reason})` : ''}\n`);
    return exitCodes.success;
  },
};

async function storedAttempts(pipeline: Pipeline, run: Run, task: string): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for await (const { key } of pipeline.store.list(taskLogsPrefix(pipeline.dag.dagId, run.runId, task))) {
    const attempt = /attempt=(\d+)\.log$/.exec(key)?.[1];
    if (attempt) found.set(Number(attempt), key);
  }
  return found;
}

async function print(pipeline: Pipeline, key: string, isJson: boolean): Promise<void> {
  const object = await pipeline.store.get(key);
  const text = object ? (await readAll(object.body)).toString() : '';
  const lines = isJson ? text : text.trimEnd().split('\n').map(readable).join('');
  process.stdout.write(lines);
}

/** A line that is none of ours is printed as it is, but for control codes. */
function readable(stored: string): string {
  const line = logLineSchema.safeParse(parseJson(stored)).data;
  return `${line ? textOf(line, ['task', 'run', 'attempt']) : printable(stored)}\n`;
}
