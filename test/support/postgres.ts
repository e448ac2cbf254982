import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type QueryResultRow } from 'pg';
import { startEmbeddedPostgres } from '../../pipeline/demo/embedded-postgres.ts';

export interface TestPostgres {
  /** With user and password. */
  readonly url: string;
  /** In one session for all queries, one after another. */
  query(sql: string): Promise<QueryResultRow[]>;
  stop(): Promise<void>;
}

/** A real PostgreSQL of its own, with an empty database; fast rather than durable. */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'postgres-'));
  // the server may run as another user
  await chmod(folder, 0o755);
  const unwatch = watch(folder);
  const server = await startEmbeddedPostgres(join(folder, 'cluster'));
  const client = await new Client(server.url).connect();
  await client.query('ALTER SYSTEM SET fsync = off');
  await client.query('SELECT pg_reload_conf()');
  let previous: Promise<unknown> = Promise.resolve();
  return {
    url: server.url,
    query: (sql) => {
      const rows = previous.then(async () => (await client.query(sql)).rows);
      previous = rows.catch(() => {});
      return rows;
    },
    stop: async () => {
      await client.end();
      await server.stop();
      unwatch();
      await rm(folder, { recursive: true });
    },
  };
}

/** A server outlives its users, be they killed or ended by Ctrl-C: this ends it, and removes its data, once they are gone. */
function watch(folder: string): () => void {
  const script = 'read _; kill -QUIT $(head -n 1 "$0/cluster/postmaster.pid"); sleep 1; rm -rf "$0"';
  const watcher = spawn('sh', ['-c', script, folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  watcher.unref();
  return () => watcher.kill('SIGKILL');
}
