import { startEmbeddedPostgres } from '../../pipeline/demo/embedded-postgres.ts';
import { connectDatabase } from '../../tasks/runtime/postgres/database.ts';

// uses the database in the directory until it is stopped, and then once more
const [, , directory = ''] = process.argv;
const postgres = await startEmbeddedPostgres(directory);
process.once('SIGINT', async () => {
  const database = await connectDatabase({ DATABASE_URL: postgres.url }, {});
  await database.query('SELECT 1');
  await database.end();
  await postgres.stop();
  process.stdout.write('stopped\n');
});
process.stdout.write(`${postgres.url}\n`);
