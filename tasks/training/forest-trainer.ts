import { createHash } from 'node:crypto';
import { scratchPrefix } from '../artifacts/artifact-keys.ts';
import type { Forest } from '../forest/forest.ts';
import { type ForestParameters, type GrownForest, joinTrees } from '../forest/grow-forest.ts';
import type { TrainingData } from '../forest/training-data.ts';
import type { Tree } from '../forest/tree-grower.ts';
import { usableCpus } from '../runtime/cpu-limit.ts';
import { parametersOf, type TaskSettings } from '../runtime/settings.ts';
import type { TaskContext } from '../runtime/task.ts';
import { Checkpoints } from './checkpoints.ts';
import { GrowerThreads } from './grower-threads.ts';
import { trainMlRandomForest } from './train-ml-random-forest.ts';
import { BLOCK_FORMAT } from './tree-block.ts';

const progressEveryMillis = 250;

/** Trains with the engine of the settings, on threads that are started at once, to be ready when the loans are. */
export class ForestTrainer implements AsyncDisposable {
  readonly #context: TaskContext;
  readonly #parameters: ForestParameters;
  readonly #threads: GrowerThreads;

  constructor(context: TaskContext) {
    const { N_ESTIMATORS, MAX_DEPTH, RANDOM_STATE } = context.settings;
    this.#context = context;
    this.#parameters = { nEstimators: N_ESTIMATORS, maxDepth: MAX_DEPTH, randomState: RANDOM_STATE };
    this.#threads = new GrowerThreads(threadsToUse(context.settings));
  }

  /**
   * The loans of `data` must have been read to their end. Takes up the checkpoints of earlier attempts; once growing has
   * lasted CHECKPOINT_AFTER_SECONDS, and when it is cut short, finished blocks of trees are saved.
   * @throws TooManyRows above the limit of ml-random-forest
   */
  async train(data: TrainingData): Promise<Forest | GrownForest> {
    const { settings, store, log, signal } = this.#context;
    if (settings.FOREST_ENGINE === 'ml-random-forest') return trainMlRandomForest(data, this.#parameters, signal);
    const place = { store, prefix: this.#checkpointPrefix(data), trees: settings.N_ESTIMATORS };
    const checkpoints = new Checkpoints(place, log.warn);
    const known = await checkpoints.load();
    if (known.size > 0) log.info('checkpoints taken up', { trees: known.size });
    const timer = setTimeout(() => checkpoints.save(), settings.CHECKPOINT_AFTER_SECONDS * 1000);
    try {
      return joinTrees(data.featureNames, await this.#grow(data, known, checkpoints));
    } catch (error) {
      await checkpoints.save();
      throw error;
    } finally {
      clearTimeout(timer);
      await checkpoints.close();
    }
  }

  #grow(data: TrainingData, known: ReadonlyMap<number, Tree>, checkpoints: Checkpoints): Promise<Tree[]> {
    const { settings, progress, signal } = this.#context;
    const report = treeProgress(settings.N_ESTIMATORS, progress);
    let grown = known.size;
    const onTree = (number: number, tree: Tree) => {
      checkpoints.add(number, tree);
      report(++grown);
    };
    return this.#threads.grow({ data, parameters: this.#parameters, known, onTree }, signal);
  }

  /** Names all that decides the trees: the data, the settings, the format of a block. */
  #checkpointPrefix({ missingValues = false }: TrainingData): string {
    const { settings, artifacts, run } = this.#context;
    const decided = [artifacts.sha256OfInput('loans'), parametersOf(settings)('model'), BLOCK_FORMAT];
    const all = missingValues ? [...decided, 'missing values'] : decided;
    const digest = createHash('sha256').update(JSON.stringify(all)).digest('hex');
    return `${scratchPrefix(run.dagId, run.timestamp, 'train_model')}${digest.slice(0, 12)}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads[Symbol.asyncDispose]();
  }
}

/** By default as many as the machine, or the container's limit, lets run at a time; no more than there are trees. */
function threadsToUse({ FOREST_ENGINE, THREADS, N_ESTIMATORS }: TaskSettings): number {
  return FOREST_ENGINE === 'ml-random-forest' ? 0 : Math.min(THREADS ?? usableCpus(), N_ESTIMATORS);
}

/** Small trees grow faster than progress needs to be reported. */
function treeProgress(total: number, progress: TaskContext['progress']): (done: number) => void {
  let reportAt = 0;
  return (done) => {
    if (done < total && performance.now() < reportAt) return;
    progress({ done, total, unit: 'trees' });
    reportAt = performance.now() + progressEveryMillis;
  };
}
