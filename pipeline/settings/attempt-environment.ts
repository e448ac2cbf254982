import type { z } from 'zod';
import type { Environment } from '../../tasks/runtime/environment.ts';
import { type SettingValues, settingNames, writtenSettings } from '../../tasks/runtime/setting-facts.ts';
import type { AttemptSpec } from '../orchestrator/executor.ts';

/** What an orchestrator has to say to its attempts. */
export interface AttemptSettings {
  readonly environment: Environment;
  readonly shape: z.ZodRawShape;
  readonly values: SettingValues;
  readonly storeUrl: string;
}

type AttemptIdentity = Pick<AttemptSpec, 'run' | 'number'>;

/**
 * The environment of an attempt that is a process beside the orchestrator: the orchestrator's own, with its settings
 * written out. The execution timeout is withheld, since the orchestrator enforces it.
 */
export function processEnvironment(settings: AttemptSettings, attempt: AttemptIdentity): Environment {
  const withheld = settingNames(settings.shape, ({ attempts }) => attempts === 'withheld' || attempts === 'never');
  const inherited = Object.entries(settings.environment).filter(([name]) => !withheld.includes(name));
  return { ...Object.fromEntries(inherited), ...statedFor(settings, attempt) };
}

/**
 * The environment of an attempt that is a pod: nothing is inherited; its database and credentials come from the cluster.
 * What its ConfigMap might hold against the orchestrator is set to nothing.
 */
export function podEnvironment(settings: AttemptSettings, attempt: AttemptIdentity): Environment {
  const { environment, shape } = settings;
  const passedOn = settingNames(shape, ({ attempts }) => attempts === 'passed on');
  const withheld = settingNames(shape, ({ attempts }) => attempts === 'withheld');
  return {
    ...Object.fromEntries(passedOn.flatMap((name) => (environment[name] ? [[name, environment[name]]] : []))),
    ...Object.fromEntries(withheld.map((name) => [name, ''])),
    ...statedFor(settings, attempt),
  };
}

/** What decides which artifacts are made: the orchestrator's settings are the truth. */
function statedFor({ shape, values, storeUrl }: AttemptSettings, { run, number }: AttemptIdentity): Environment {
  return {
    ...writtenSettings(shape, values),
    ARTIFACT_STORE: storeUrl,
    LOGICAL_DATE: run.timestamp,
    RUN_ID: run.runId,
    ATTEMPT: String(number),
  };
}
