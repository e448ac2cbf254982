import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { ofCreditDefault } from '../../tasks/dataset/dataset.ts';
import { type Loans, readLoans } from '../../tasks/loans/read-loans.ts';

/** The folder of the sets. Another one is named from where the command is run, which npm tells as INIT_CWD. */
export const goldenDirectory = resolve(process.env.INIT_CWD ?? '', process.env.GOLDEN_DIR || import.meta.dirname);

/** The part of the loans that make_golden.py holds out. */
export const testSize = 0.2;

const Params = z.object({
  rows: z.number(),
  seed: z.number(),
  n_estimators: z.number(),
  max_depth: z.number().nullable(),
  forest_sha256: z.string(),
  digest_trees: z.number().default(0),
  digest_trees_sha256: z.string().optional(),
});

/** A folder of make_golden.py's. Files may be gzipped; all but the loans, test.csv and params.json may be missing. */
export class GoldenSet {
  readonly name: string;
  readonly params: z.output<typeof Params>;

  constructor(name: string) {
    this.name = name;
    this.params = Params.parse(this.readJson('params.json'));
  }

  has(file: string): boolean {
    return [file, `${file}.gz`].some((name) => existsSync(join(goldenDirectory, this.name, name)));
  }

  bytesOf(file: string): Buffer {
    const path = join(goldenDirectory, this.name, file);
    return existsSync(path) ? readFileSync(path) : gunzipSync(readFileSync(`${path}.gz`));
  }

  readJson(file: string) {
    return JSON.parse(this.bytesOf(file).toString());
  }

  readLoans(): Promise<Loans> {
    return readLoans(ofCreditDefault, Readable.from([this.bytesOf('loans.csv')]));
  }
}

export const goldenSets = readdirSync(goldenDirectory)
  .filter((name) => existsSync(join(goldenDirectory, name, 'params.json')))
  .map((name) => new GoldenSet(name));
