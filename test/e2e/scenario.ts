import { type Action, actions, type Settings } from './settings.ts';
import { NotRun, type Stage } from './stage.ts';
import type { Finding, Result } from './table.ts';

export interface Scenario {
  /** Names Jobs too, so: a DNS label. */
  readonly name: string;
  /** The commands without which it cannot be played. */
  readonly needs: readonly Action[];
  play(stage: Stage): Promise<Finding>;
}

/**
 * Those that were asked for, or all, in their own order.
 * @throws Error when a name is none of them
 */
export function selectScenarios(all: readonly Scenario[], names: readonly string[]): readonly Scenario[] {
  const known = all.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`no scenario ${unknown.join(', ')}: expected some of ${known.join(', ')}`);
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}

/** Why a scenario cannot be played; undefined when it can. */
export function missingCommands({ needs }: Scenario, { commands }: Settings): string | undefined {
  const missing = needs.filter((action) => commands[action] === undefined);
  if (missing.length === 0) return undefined;
  return `${missing.map((action) => actions[action]).join(' and ')} not given`;
}

export async function playScenario(scenario: Scenario, stage: Stage, settings: Settings): Promise<Result> {
  const missing = missingCommands(scenario, settings);
  if (missing !== undefined) return { scenario: scenario.name, outcome: 'not run', why: missing };
  try {
    return { scenario: scenario.name, outcome: 'passed', finding: await scenario.play(stage) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { scenario: scenario.name, outcome: error instanceof NotRun ? 'not run' : 'failed', why };
  }
}
