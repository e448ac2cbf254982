import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { isAlive, until } from '../../pipeline/demo/postmaster-file.ts';

const support = new URL('../support/postgres.ts', import.meta.url);

test('the PostgreSQL of a test ends with its process, however that ends, and leaves no data', async () => {
  const program = `
    const { readFileSync } = await import('node:fs');
    const { query } = await (await import('${support}')).startPostgres();
    const [{ data_directory: directory }] = await query('SHOW data_directory');
    const [pid] = readFileSync(directory + '/postmaster.pid', 'utf8').split('\\n');
    process.stdout.write(pid + ' ' + directory, () => process.kill(process.pid, 'SIGKILL'));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await Promise.all([text(child.stdout), once(child, 'close')]);
  const [pid = '', directory = ''] = said.split(' ');
  const hasGone = () => !isAlive(Number(pid)) && !existsSync(dirname(directory));
  assert(directory.endsWith('/cluster') && (await until(hasGone, 30)), said);
});
