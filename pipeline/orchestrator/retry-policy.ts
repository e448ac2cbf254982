import { createHash } from 'node:crypto';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import type { TaskPolicy } from './dag.ts';
import type { Placement } from './executor.ts';
import type { EndedAttemptRecord, TaskRecord, TaskState } from './run-record.ts';

/** What may happen next with a task that is not published and has no open attempt. */
export type NextTry =
  | { readonly kind: 'start'; readonly at: Date; readonly state: TaskState; readonly placement: Placement }
  | { readonly kind: 'give-up'; readonly reason: string };

/** Without READY_EVERY_SECONDS, so that one wake-up asks once. */
const readyAgainSeconds = 30;
const unchargedExits: readonly number[] = [exitCodes.badInput, exitCodes.lostRace];
const permanentExits: readonly number[] = [exitCodes.usage, exitCodes.badData, exitCodes.refused];

/** `identity` names dag, task and run: the jitter of the back-off is a hash of it, so that it is always the same. */
export function nextTry(policy: TaskPolicy, task: TaskRecord, identity: string, now: Date): NextTry {
  const attempts = task.attempts
    .filter((attempt) => attempt.phase === 'ended')
    .filter(({ number }) => number > task.clearedThrough);
  const last = attempts.at(-1);
  const charged = attempts.filter(isCharged).length;
  const uncharged = attempts.filter(isUncharged).length;
  if (!last) return { kind: 'start', at: now, state: 'queued', placement: 'spot' };
  const isLastChance = uncharged >= policy.maxPreemptions && uncharged > 0;
  const placement = isLastChance || neverRan(last) ? 'on-demand' : 'spot';
  if (isPermanent(last)) return giveUp(`attempt ${last.number} exited ${last.exitCode}, which no retry changes`, last);
  if (charged > policy.retries) return giveUp(`${counted(charged)} failed (retries: ${policy.retries})`, last);
  if (uncharged > policy.maxPreemptions) {
    return giveUp(`${counted(uncharged)} lost or preempted (MAX_PREEMPTIONS: ${policy.maxPreemptions})`, last);
  }
  if (last.outcome === 'not-ready') {
    const at = new Date(Date.parse(last.endedAt) + (policy.readyEverySeconds ?? readyAgainSeconds) * 1000);
    return { kind: 'start', at, state: 'up_for_reschedule', placement };
  }
  const at = isCharged(last) ? retryAt(policy, last, charged, identity) : now;
  return { kind: 'start', at, state: 'up_for_retry', placement };
}

/** Counts against `retries`. */
export function isCharged({ outcome, exitCode }: EndedAttemptRecord): boolean {
  if (outcome === 'timed-out') return true;
  return outcome === 'failed' && !unchargedExits.includes(exitCode ?? 0);
}

/** Replaced at once, and counts against the cap instead. */
export function isUncharged({ outcome, exitCode }: EndedAttemptRecord): boolean {
  if (outcome === 'preempted' || outcome === 'lost') return true;
  return outcome === 'failed' && unchargedExits.includes(exitCode ?? 0);
}

/** It was given up before it ran, as when no node fits. */
function neverRan({ outcome, startedAt }: EndedAttemptRecord): boolean {
  return outcome === 'lost' && startedAt === undefined;
}

/** Wrong settings, bad data, refused credentials: another attempt would end the same way. */
export function isPermanent({ outcome, exitCode }: EndedAttemptRecord): boolean {
  return outcome === 'failed' && permanentExits.includes(exitCode ?? 0);
}

function counted(attempts: number): string {
  return attempts === 1 ? '1 attempt' : `${attempts} attempts`;
}

function giveUp(why: string, last: EndedAttemptRecord): NextTry {
  return { kind: 'give-up', reason: last.reason ? `${why}: ${last.reason}` : why };
}

function retryAt(policy: TaskPolicy, last: EndedAttemptRecord, tryNumber: number, identity: string): Date {
  return new Date(Date.parse(last.endedAt) + retryDelaySeconds(policy, tryNumber, identity) * 1000);
}

/** Follows Airflow's `TaskInstance.next_retry_datetime`: with back-off, delay × 2^(try − 1), up to doubled by a hash. */
export function retryDelaySeconds(policy: TaskPolicy, tryNumber: number, identity: string): number {
  if (!policy.retryExponentialBackoff) return policy.retryDelaySeconds;
  const least = Math.min(policy.retryDelaySeconds * 2 ** (tryNumber - 1), policy.maxRetryDelaySeconds);
  if (least === 0) return 0;
  const hash = createHash('sha1').update(`${identity}#${tryNumber}`).digest('hex');
  const jitter = Number(BigInt(`0x${hash}`) % BigInt(least));
  return Math.min(least + jitter, policy.maxRetryDelaySeconds);
}
