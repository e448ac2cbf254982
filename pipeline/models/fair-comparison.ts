import { artifactKey } from '../../tasks/artifacts/artifact-keys.ts';
import { Digest, sha256Of } from '../../tasks/artifacts/digest.ts';
import type { ObjectStore } from '../../tasks/artifacts/stores/object-store.ts';
import { readAll } from '../../tasks/artifacts/stores/read-all.ts';
import { predict } from '../../tasks/forest/predict.ts';
import { shuffledSplit, stratifiedSplit } from '../../tasks/forest/train-test-split.ts';
import { MalformedCsv } from '../../tasks/loans/malformed-csv.ts';
import type { Loans } from '../../tasks/loans/read-loans.ts';
import { type DecodedModel, datasetOf, decodeModel, MalformedModel } from '../../tasks/model/decode-model.ts';
import { type AppendedLoans, type LoansIdentity, readAppended } from './appended-loans.ts';
import type { Candidate, Model } from './champion.ts';
import { pairedAuc } from './paired-auc.ts';
import type { FairComparison } from './verdict.ts';

/** Why there is none, in words that follow "no fair comparison was possible: ". */
export class NoFairComparison extends Error {
  override readonly name = 'NoFairComparison';
}

/** Of what the models and the loans take in the store, what they take in memory at most. */
const memoryPerByte = 6;

/**
 * Every run splits the whole table again, so that a champion was trained on most of the challenger's test loans, and looks too
 * good on them. Fair are those of them that came after the champion's loans. Rows are in id order: where the challenger's
 * loans begin with the champion's, byte for byte, they are the ones behind.
 * @param leastRows how few of them are no evidence
 * @throws NoFairComparison
 */
export async function compareFairly(
  store: ObjectStore,
  dagId: string,
  challenger: Candidate,
  champion: Model,
  leastRows: number,
): Promise<FairComparison> {
  const loansKey = artifactKey(dagId, challenger.timestamp, 'loans');
  await requireMemory(store, [challenger.model, champion.model, loansKey]);
  const older = await loadModel(store, champion);
  const newer = await loadModel(store, challenger);
  const loans = await readNewLoans(store, loansKey, identityOf(older), newer);
  const { labels, features } = heldOut(loans, newer);
  if (labels.length < leastRows)
    throw new NoFairComparison(
      `${labels.length} of the test loans came after those of the champion, expected at least ${leastRows} (GATE_MIN_ROWS)`,
    );
  if (features.some((values) => values.some(Number.isNaN)) && !older.forest.missingGoToLeft)
    throw new NoFairComparison('values are missing, which the champion does not know');
  const score = ({ forest }: DecodedModel) => predict(forest, features, labels.length).probabilities;
  const areas = pairedAuc(labels, score(older), score(newer), Number(newer.metadata.random_state));
  if (Number.isNaN(areas.champion)) throw new NoFairComparison('the loans that came after are all of one class');
  return { rows: labels.length, ...areas };
}

/** An orchestrator has little memory; one that dies of a comparison would never come to its verdict. */
async function requireMemory(store: ObjectStore, keys: readonly string[]): Promise<void> {
  const sizes = await Promise.all(keys.map(async (key) => (await store.head(key))?.size ?? 0));
  const needed = memoryPerByte * sizes.reduce((sum, size) => sum + size);
  const free = process.availableMemory();
  const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;
  if (needed > free)
    throw new NoFairComparison(`it may take ${megabytes(needed)} of memory, and ${megabytes(free)} are free`);
}

async function loadModel(store: ObjectStore, { model, sha256 }: Model): Promise<DecodedModel> {
  const object = await store.get(model);
  if (!object) throw new NoFairComparison(`${model} is missing`);
  const bytes = await readAll(object.body);
  if (sha256Of(bytes) !== sha256) throw new NoFairComparison(`${model} was altered`);
  try {
    return decodeModel(bytes);
  } catch (error) {
    throw error instanceof MalformedModel ? new NoFairComparison(`${model} was not written by this version`) : error;
  }
}

/** The loans that a model was trained and tested on. */
function identityOf({ metadata }: DecodedModel): LoansIdentity {
  return { rows: Number(metadata.data_rows), sha256: metadata.data_sha256 ?? '' };
}

async function readNewLoans(
  store: ObjectStore,
  key: string,
  earlier: LoansIdentity,
  newer: DecodedModel,
): Promise<AppendedLoans> {
  const { rows, sha256 } = identityOf(newer);
  if (rows <= earlier.rows) throw new NoFairComparison('no loans were added to those of the champion');
  const object = await store.get(key);
  if (!object) throw new NoFairComparison(`${key} is missing`);
  const digest = new Digest();
  const loans = await readAppended(datasetOf(newer.metadata), hashed(object.body, digest), earlier).catch(
    unlessMalformed,
  );
  if (digest.sha256 !== sha256) throw new NoFairComparison(`${key} was altered`);
  if (!loans)
    throw new NoFairComparison('loans of the champion were changed or removed since, or stand behind new ones');
  return loans;
}

function unlessMalformed(error: Error): undefined {
  if (!(error instanceof MalformedCsv)) throw error;
}

async function* hashed(body: AsyncIterable<Uint8Array>, digest: Digest): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    digest.update(chunk);
    yield chunk;
  }
}

/** Those of the added loans that the challenger was not trained on, as its run has split them. */
function heldOut({ labels, added }: AppendedLoans, { metadata }: DecodedModel): Pick<Loans, 'labels' | 'features'> {
  const split = datasetOf(metadata).isStratified ? stratifiedSplit : shuffledSplit;
  const { test } = split(labels, Number(metadata.test_size), Number(metadata.random_state));
  const before = labels.length - added.rows;
  const rows = test.filter((row) => row >= before).map((row) => row - before);
  return {
    labels: Uint8Array.from(rows, (row) => added.labels[row] ?? 0),
    features: added.features.map((values) => Float64Array.from(rows, (row) => values[row] ?? 0)),
  };
}
