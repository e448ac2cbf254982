import { runCommand } from './pipeline-command.ts';

/** Fills the loans table by the product's own command, replacing what it holds. */
export async function seedTestLoans(url: string, rows: number): Promise<void> {
  const { code, said } = await runCommand(['seed-loans', '--rows', String(rows), '--replace'], { DATABASE_URL: url });
  if (code !== 0) throw new Error(said);
}
