import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';
import { readAll } from '../../tasks/artifacts/stores/read-all.ts';

/**
 * Stands before a task (`--import`): what it writes under LATE_KEY arrives only once the file LATE_WHILE is gone, after
 * everything that it looks at before has been looked at. It says `late` on stdout when it waits. LATE_WITHOUT names the
 * keys' endings whose conditions get lost on the way, as on a store that knows none.
 */
const { LATE_KEY = '', LATE_WHILE = '', LATE_WITHOUT = '' } = process.env;

if (isMainThread) {
  const { DirectoryStore } = await import('../../tasks/artifacts/stores/directory/directory-store.ts');
  const { put } = DirectoryStore.prototype;
  const unconditional = LATE_WITHOUT.split(' ').filter((ending) => ending !== '');
  DirectoryStore.prototype.put = async function (key, body, options) {
    const asGiven = unconditional.some((ending) => key.endsWith(ending)) ? {} : options;
    if (!key.endsWith(LATE_KEY)) return put.call(this, key, body, asGiven);
    const bytes = body instanceof Uint8Array ? body : await readAll(body);
    process.stdout.write('late\n');
    while (existsSync(LATE_WHILE)) await sleep(10);
    return put.call(this, key, bytes, asGiven);
  };
}
