import { writeSync } from 'node:fs';
import { withDirectoryLock } from '../../tasks/artifacts/stores/directory/directory-lock.ts';

// takes the lock of a directory store's hidden folder, says so, and keeps it until it is killed
const [folder = ''] = process.argv.slice(2);

withDirectoryLock(folder, () => {
  writeSync(1, 'held\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
