import { Client } from 'pg';

/** Locks the loans table until released: a reader waits, for as long as a test needs. */
export async function lockLoans(url: string): Promise<{ release(): Promise<void> }> {
  const client = new Client(url);
  await client.connect();
  await client.query('BEGIN; LOCK TABLE loans IN ACCESS EXCLUSIVE MODE');
  return { release: () => client.end() };
}
