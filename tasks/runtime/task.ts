import type { AttemptArtifacts } from '../artifacts/attempt-artifacts.ts';
import type { ArtifactName, TaskId } from '../artifacts/catalogue.ts';
import type { ObjectStore } from '../artifacts/stores/object-store.ts';
import type { Environment } from './environment.ts';
import type { Log } from './log.ts';
import type { TaskSettings } from './settings.ts';

/** One container, one task: everything it may touch comes in its context. */
export interface Task {
  readonly taskId: TaskId;
  /** One sentence for `--help`. */
  readonly summary: string;
  run(context: TaskContext): Promise<void>;
}

export interface TaskContext {
  readonly settings: TaskSettings;
  /** For what libraries read of it themselves, as PGHOST. */
  readonly environment: Environment;
  readonly run: { readonly dagId: string; readonly timestamp: string; readonly logicalDate: Date };
  readonly store: ObjectStore;
  readonly artifacts: AttemptArtifacts;
  /** Those of its outputs that are not published and current; all, where it is forced. */
  readonly missing: readonly ArtifactName[];
  readonly log: Log;
  /** Aborted when the attempt must end; its reason is the error to end with. */
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
}

/** How far the task is: `done` of `total` (null: not known) rows, trees, … */
export interface Progress {
  readonly done: number;
  readonly total: number | null;
  readonly unit: string;
}
