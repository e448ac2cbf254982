import type { Log } from './log.ts';
import type { Progress } from './task.ts';

const everySeconds = 10;

/** Logs how far the work has come, every 10 s. */
export function progressLog(log: Log): (progress: Progress) => void {
  const startedAt = performance.now();
  let loggedAt = startedAt;
  return (progress) => {
    const now = performance.now();
    if (now - loggedAt < everySeconds * 1000) return;
    loggedAt = now;
    log.info(progressLine(progress, (now - startedAt) / 1000));
  };
}

function progressLine({ done, total, unit }: Progress, seconds: number): string {
  const count = (value: number) => Math.round(value).toLocaleString('en-US');
  const rate = `${count(done / seconds)} ${unit}/s`;
  if (total === null) return `${count(done)} ${unit}, ${rate}`;
  const left = ((total - done) * seconds) / Math.max(done, 1);
  return `${count(done)} of ${count(total)} ${unit}, ${rate}, about ${count(left)} s left`;
}
