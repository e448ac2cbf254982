import { InputRefused } from '../artifacts/attempt-artifacts.ts';
import { InvalidLogicalDate } from '../artifacts/data-interval.ts';
import { LostRace } from '../artifacts/publication.ts';
import { AccessRefused, InvalidStoreSettings, MissingBucket, StoreUnavailable } from '../artifacts/store-errors.ts';

export const exitCodes = {
  success: 0,
  runFailed: 1,
  usage: 64,
  badData: 65,
  badInput: 66,
  unavailable: 69,
  bug: 70,
  lostRace: 75,
  refused: 77,
  timedOut: 124,
  stopped: 143,
} as const;

/** Wrong usage or settings; every fault found is listed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly faults: readonly string[];
  constructor(faults: readonly string[], options?: ErrorOptions) {
    super(faults.join('; '), options);
    this.faults = faults;
  }
}

/** The data itself is at fault: trying again cannot help. */
export class BadData extends Error {
  override readonly name = 'BadData';
}

/** An input was published, but is not what it should be. */
export class BadInput extends Error {
  override readonly name = 'BadInput';
}

export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';
}

export class DatabaseRefused extends Error {
  override readonly name = 'DatabaseRefused';
}

/** SIGTERM, Ctrl-C, or the orchestrator is gone. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

export class TimedOut extends Error {
  override readonly name = 'TimedOut';
  constructor(seconds: number) {
    super(`not done after ${seconds} s (EXECUTION_TIMEOUT_SECONDS)`);
  }
}

const table = [
  [exitCodes.usage, [UsageError, InvalidStoreSettings, InvalidLogicalDate]],
  [exitCodes.badData, [BadData]],
  [exitCodes.badInput, [InputRefused, BadInput]],
  [exitCodes.unavailable, [StoreUnavailable, MissingBucket, DatabaseUnavailable]],
  [exitCodes.lostRace, [LostRace]],
  [exitCodes.refused, [AccessRefused, DatabaseRefused]],
  [exitCodes.timedOut, [TimedOut]],
  [exitCodes.stopped, [Stopped]],
] as const;

/** The exit code that tells the caller what to do about this error; 70, a bug, for any that we do not know. */
export function exitCodeOf(error: unknown): number {
  const row = table.find(([, classes]) => classes.some((known) => error instanceof known));
  return row ? row[0] : exitCodes.bug;
}
