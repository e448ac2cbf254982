import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';

// stands before a program: the first attempt (or HELD_ATTEMPT) does not write what ends with HELD_KEY as long as the file
// HELD_WHILE is there
const { HELD_KEY = '', HELD_WHILE = '', HELD_ATTEMPT = '1', ATTEMPT = HELD_ATTEMPT } = process.env;

if (isMainThread && ATTEMPT === HELD_ATTEMPT) {
  const { DirectoryStore } = await import('../../tasks/artifacts/stores/directory/directory-store.ts');
  const { put } = DirectoryStore.prototype;
  DirectoryStore.prototype.put = async function (key, ...rest) {
    if (key.endsWith(HELD_KEY)) await untilReleased();
    return put.call(this, key, ...rest);
  };
}

/** One that is stopped, or whose orchestrator is gone, ends while it is held. */
async function untilReleased(): Promise<void> {
  const stop = new AbortController();
  const stopped = () => stop.abort(new Error('stopped while it was held'));
  process.once('SIGTERM', stopped).once('disconnect', stopped);
  if (process.connected === false) stopped();
  while (existsSync(HELD_WHILE)) {
    stop.signal.throwIfAborted();
    await sleep(10);
  }
}
