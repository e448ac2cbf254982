import type { Scenario } from '../scenario.ts';
import { apiOutageBetweenTasks, apiOutages, powerCutInApiOutage } from './api-outages.ts';
import { exitsOne, hang, outOfMemory } from './broken-tasks.ts';
import { beforeRecord, midTask, orchestratorNodeKept } from './lost-orchestrators.ts';
import { evicted, nodeDeleted, nodeKept, preempted } from './lost-tasks.ts';
import { notDue, twoOrchestrators, wholeRun } from './undisturbed.ts';

/** Those that cost no node come first. */
export const allScenarios: readonly Scenario[] = [
  wholeRun,
  exitsOne,
  outOfMemory,
  hang,
  twoOrchestrators,
  notDue,
  evicted,
  ...apiOutages,
  apiOutageBetweenTasks,
  beforeRecord,
  midTask,
  preempted,
  nodeDeleted,
  nodeKept,
  orchestratorNodeKept,
  powerCutInApiOutage,
];
