import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { catalogue } from '../../tasks/artifacts/catalogue.ts';

const script = fileURLToPath(new URL('../../images/bundle.ts', import.meta.url));

/** The sha256 of every file in a folder. */
function hashesIn(folder: string): Record<string, string> {
  const files = globSync('*/app/*', { cwd: folder }).sort();
  return Object.fromEntries(
    files.map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(folder, file)))
        .digest('hex'),
    ]),
  );
}

describe('the bundles', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bundles-'));
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];

  before(() => {
    for (const directory of [first, second]) execFileSync(process.execPath, [script, directory]);
  });

  after(() => rmSync(folder, { recursive: true }));

  it('have the same bytes whenever they are made', () => {
    assert.ok(Object.keys(hashesIn(first)).length > 40);
    assert.deepEqual(hashesIn(first), hashesIn(second));
  });

  it('find beside them every file that they name by its place', () => {
    const named = globSync('*/app/*.mjs', { cwd: first }).flatMap((file) =>
      [...readFileSync(join(first, file), 'utf8').matchAll(/new URL\("\.\/([^"]+\.\w+)",import\.meta\.url\)/g)].map(
        ([, name = '']) => join(first, dirname(file), name),
      ),
    );
    assert.ok(named.some((file) => file.endsWith('kernel.wasm')) && named.some((file) => file.endsWith('thread.mjs')));
    assert.deepEqual(
      named.filter((file) => !existsSync(file)),
      [],
    );
  });

  it('need nothing but themselves and Node', () => {
    for (const { entrypoint: file } of Object.values(catalogue)) {
      const said = execFileSync(process.execPath, [join(first, file, 'app', `${file}.mjs`), '--help'], {
        cwd: '/',
        encoding: 'utf8',
      });
      assert.match(said, new RegExp(`^ {2}node \\S+/app/${file}\\.mjs \\[--logical-date`, 'm'));
    }
  });

  it('handle signals before they do anything else', () => {
    const listens =
      /^(#!.*\n)?import .* from 'node:module';\nconst require = .*;\nfor \(const signal of \['SIGTERM', 'SIGINT'\]\)/;
    const files = globSync('*/app/*.mjs', { cwd: first });
    assert.deepEqual(
      files.filter((file) => !listens.test(readFileSync(join(first, file), 'utf8'))),
      [],
    );
  });
});
