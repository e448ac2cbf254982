import { Stopped, TimedOut } from './errors.ts';

/**
 * A signal that aborts with `Stopped` on SIGTERM, SIGINT, or when the orchestrator that holds the other end of the IPC
 * channel is gone; with `TimedOut` after the execution timeout, if there is one.
 */
export function shutdownSignal(executionTimeoutSeconds?: number): AbortSignal {
  const controller = new AbortController();
  const stop = (reason: string) => () => controller.abort(new Stopped(`stopped: ${reason}`));
  process.on('SIGTERM', stop('SIGTERM'));
  process.on('SIGINT', stop('SIGINT'));
  process.once('disconnect', stop('the orchestrator is gone'));
  // it may have gone while this process was loading, before anybody listened
  if (process.connected === false) stop('the orchestrator is gone')();
  if (executionTimeoutSeconds) {
    const timeOut = () => controller.abort(new TimedOut(executionTimeoutSeconds));
    setTimeout(timeOut, executionTimeoutSeconds * 1000).unref();
  }
  return controller.signal;
}

const windDownSeconds = 8;

/**
 * The work's own end, or, once the signal is aborted, its reason: given to the caller when the work has wound down
 * (uploads aborted, files removed), or after 8 s, whether it has or not.
 */
export async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    const giveUp = () => setTimeout(() => reject(signal.reason), windDownSeconds * 1000).unref();
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}
