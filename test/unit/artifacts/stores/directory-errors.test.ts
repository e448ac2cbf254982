import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directoryError } from '../../../../tasks/artifacts/stores/directory/directory-errors.ts';

for (const [code, name] of [
  ['EACCES', 'AccessRefused'],
  ['EPERM', 'AccessRefused'],
  ['EROFS', 'AccessRefused'],
  ['ENOSPC', 'StoreUnavailable'],
  ['EDQUOT', 'StoreUnavailable'],
  ['EIO', 'StoreUnavailable'],
  ['ENOTDIR', 'InvalidStoreSettings'],
] as const) {
  test(`${code} from the file system becomes ${name}, which names the store and keeps the cause`, () => {
    const cause = Object.assign(new Error(`${code}: as the system says it`), { code });
    const told = directoryError(cause, 'file:///tmp/store');
    assert.ok(told instanceof Error && told.name === name && told.cause === cause);
    assert.ok(told.message.includes('file:///tmp/store') && told.message.includes(cause.message));
  });
}

test('an error that is not the file system’s is left as it is', () => {
  const bug = new TypeError('a bug');
  assert.equal(directoryError(bug, 'file:///tmp/store'), bug);
});
