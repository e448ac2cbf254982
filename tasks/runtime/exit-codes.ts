import { InputRefused } from '../artifacts/attempt-artifacts.ts';
import { LostRace } from '../artifacts/publication.ts';
import { InvalidLogicalDate } from '../artifacts/run-dates.ts';
import {
  AccessRefused,
  InvalidStoreSettings,
  MissingBucket,
  StoreFull,
  StoreUnavailable,
} from '../artifacts/stores/store-errors.ts';

import {
  BadData,
  BadInput,
  DatabaseRefused,
  DatabaseUnavailable,
  NotReady,
  Stopped,
  TimedOut,
  UsageError,
} from './errors.ts';

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
  notReady: 79,
  timedOut: 124,
  stopped: 143,
} as const;

const table = [
  [exitCodes.usage, [UsageError, InvalidStoreSettings, InvalidLogicalDate]],
  [exitCodes.badData, [BadData]],
  [exitCodes.badInput, [InputRefused, BadInput]],
  [exitCodes.unavailable, [StoreUnavailable, StoreFull, MissingBucket, DatabaseUnavailable]],
  [exitCodes.lostRace, [LostRace]],
  [exitCodes.refused, [AccessRefused, DatabaseRefused]],
  [exitCodes.notReady, [NotReady]],
  [exitCodes.timedOut, [TimedOut]],
  [exitCodes.stopped, [Stopped]],
] as const;

/** The exit code of an error, by which a caller decides; 70, a bug, for an unknown one. */
export function exitCodeOf(error: unknown): number {
  const row = table.find(([, classes]) => classes.some((known) => error instanceof known));
  return row ? row[0] : exitCodes.bug;
}
