import { parseArgs } from 'node:util';
import { benchFetch } from './fetch.ts';

export interface BenchOptions {
  readonly rows: number | undefined;
  readonly rounds: number | undefined;
}

/** Every bench prints what it measured. */
const benches: Readonly<Record<string, (options: BenchOptions) => Promise<void>>> = {
  fetch: benchFetch,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rows: { type: 'string' }, rounds: { type: 'string' } },
});
const bench = benches[positionals[0] ?? ''];
if (bench) {
  await bench({ rows: numberOf(values.rows), rounds: numberOf(values.rounds) });
} else {
  process.stderr.write(`npm run bench -- ${Object.keys(benches).join('|')} [--rows N] [--rounds N]\n`);
  process.exitCode = 64;
}

function numberOf(text: string | undefined): number | undefined {
  return text ? Number(text) : undefined;
}
