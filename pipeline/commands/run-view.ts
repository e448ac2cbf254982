import type { TaskId } from '../../tasks/artifacts/catalogue.ts';
import type { Progress } from '../../tasks/runtime/task.ts';
import { durationText } from '../monitoring/durations.ts';
import type { Facts } from '../orchestrator/decide.ts';
import type { RunRecord } from '../orchestrator/run-record.ts';

/** Shows a run while it goes on: redrawn lines on a terminal, one line an event elsewhere. */
export interface RunView {
  show(record: RunRecord, facts: Facts): void;
  /** Something else is about to be written. */
  interrupt(): void;
  close(): void;
}

export function progressOf(facts: Facts, taskId: TaskId): Progress | undefined {
  const observation = facts.observations.get(taskId);
  return observation?.phase === 'running' ? observation.progress : undefined;
}

export function progressText({ done, total, unit }: Progress): string {
  const count = (value: number) => value.toLocaleString('en-US');
  return total === null ? `${count(done)} ${unit}` : `${count(done)}/${count(total)} ${unit}`;
}

/** What a rate so far says of the time left; empty where nothing is known. */
export function timeLeftText({ done, total }: Progress, seconds: number): string {
  if (total === null || done === 0 || done >= total || seconds < 1) return '';
  return `, about ${durationText(((total - done) * seconds) / done)} left`;
}
