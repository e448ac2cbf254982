import { exitCodeOf } from '../../tasks/runtime/exit-codes.ts';
import { shutdownSignal, untilAborted } from '../../tasks/runtime/shutdown.ts';

// works until it is stopped, prints why, and ends as a task does
const [timeoutSeconds = '0'] = process.argv.slice(2);
const signal = shutdownSignal(Number(timeoutSeconds) || undefined);
process.stdout.write('working\n');
const keepsAlive = setInterval(() => {}, 60_000);
try {
  await untilAborted(signal, new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))));
} catch (error) {
  clearInterval(keepsAlive);
  process.stdout.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = exitCodeOf(error);
}
