import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directoryError } from '../../../../tasks/artifacts/stores/directory/directory-errors.ts';

for (const [code, name] of [
  ['EACCES', 'AccessRefused'],
  ['EPERM', 'AccessRefused'],
  ['EROFS', 'AccessRefused'],
  ['ENOSPC', 'StoreFull'],
  ['EDQUOT', 'StoreFull'],
  ['EIO', 'StoreUnavailable'],
  ['ENOTDIR', 'InvalidStoreSettings'],
] as const) {
  test(`${code} from the file system becomes ${name}, which names the store and keeps the cause`, () => {
    const cause = Object.assign(new Error(`${code}: as the system says it`), { code });
    const translated = directoryError(cause, 'file:///tmp/store');
    assert.ok(translated instanceof Error && translated.name === name && translated.cause === cause);
    assert.ok(translated.message.includes('file:///tmp/store') && translated.message.includes(cause.message));
  });
}

test('an error that is not the file system’s is left as it is', () => {
  const bug = new TypeError('a bug');
  assert.equal(directoryError(bug, 'file:///tmp/store'), bug);
});
