import type { Observation, OpenAttempt } from '../../orchestrator/executor.ts';
import type { WaitLimits } from '../../settings/cluster-settings.ts';
import type { Job, Node, Pod } from './kubernetes-objects.ts';

/**
 * What the API says, read in this order: the Job, the pods, the nodes. A pod that its Job's failure is judged by is then
 * not older than the failure, and no pod stands on a node too new to be listed.
 */
export interface AttemptFacts {
  readonly job: Job | undefined;
  readonly pods: readonly Pod[];
  /** Undefined where nodes may not be read. */
  readonly nodes: readonly Node[] | undefined;
  readonly attempt: OpenAttempt;
  readonly now: Date;
  readonly limits: WaitLimits;
}

/** The facts, reduced to the one pod that counts. */
export interface AttemptState extends Omit<AttemptFacts, 'pods'> {
  readonly pod: Pod | undefined;
}

/** Answers where it knows, and else leaves it to the next. */
export type Guard = (scene: AttemptState) => Observation | undefined;
