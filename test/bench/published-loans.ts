import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { creditDefaultDag } from '../../pipeline/credit-default-dag.ts';
import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { AttemptArtifacts } from '../../tasks/artifacts/attempt-artifacts.ts';
import type { ArtifactName } from '../../tasks/artifacts/catalogue.ts';
import { runOf } from '../../tasks/artifacts/run-dates.ts';
import { DirectoryStore } from '../../tasks/artifacts/stores/directory/directory-store.ts';
import { compileCacheDirectory } from '../../tasks/runtime/compile-cache.ts';
import { parametersOf } from '../../tasks/runtime/settings.ts';
import { settings } from '../support/publish-outputs.ts';
import { writePlausibleLoans } from '../support/write-plausible-loans.ts';
import { type Ended, measureNode } from './measure-process.ts';

const logicalDate = '2024-01-01';
const dagId = 'credit_default_pipeline';

/** Loans as loans.csv in a folder, and published in a store as fetch_data publishes them, so that the tasks after it can run. */
export class PublishedLoans {
  readonly #folder: string;
  readonly #set: ArtifactSet;

  private constructor(folder: string, set: ArtifactSet) {
    this.#folder = folder;
    this.#set = set;
  }

  static async create(folder: string, rows: number): Promise<PublishedLoans> {
    const loansCsv = join(folder, 'loans.csv');
    await writePlausibleLoans(loansCsv, rows);
    await mkdir(join(folder, 'store'));
    const store = new DirectoryStore(join(folder, 'store'));
    await store.ensureBucket();
    const set = new ArtifactSet(store, dagId, runOf(creditDefaultDag.schedule, logicalDate, new Date()).timestamp);
    const attempt = { task: 'fetch_data', number: 1 } as const;
    const artifacts = await AttemptArtifacts.begin(set, ['loans'], parametersOf(settings), attempt);
    await artifacts.publish('loans', createReadStream(loansCsv));
    return new PublishedLoans(folder, set);
  }

  /** The task as a process that does its work again, started as the orchestrator starts it. */
  runTask(entrypoint: string, settings: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const path = join(import.meta.dirname, '../../tasks', `${entrypoint}.ts`);
    const environment = { ARTIFACT_STORE: this.#set.store.url, NODE_COMPILE_CACHE: compileCacheDirectory, ...settings };
    return measureNode([path, '--force', '--logical-date', logicalDate], environment);
  }

  /** Says whether an artifact has the bytes of a file that Python left in the folder, if it did. */
  async remarkOn(name: ArtifactName, file: string): Promise<string> {
    const path = join(this.#folder, file);
    if (!existsSync(path)) return '';
    const object = await this.#set.store.get(this.#set.keyOf(name));
    const bytes = Buffer.concat(await Array.fromAsync(object?.body ?? []));
    return `Both wrote ${bytes.equals(await readFile(path)) ? 'the same' : 'ANOTHER'} ${file}.`;
  }
}
