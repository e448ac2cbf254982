import { existsSync, readFileSync, writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

// imported ahead of a script, reports on fd 3 how much memory the process had at most, in KiB; threads import it too
if (isMainThread) process.on('exit', () => writeSync(3, peakKibibytes()));

// resourceUsage counts what the parent had when it started this process, the status of the process does not
function peakKibibytes(): string {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  return /^VmHWM:\s*(\d+)/m.exec(status)?.[1] ?? String(process.resourceUsage().maxRSS);
}
