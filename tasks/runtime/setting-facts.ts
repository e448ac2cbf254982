import { unescape as decoded } from 'node:querystring';
import { z } from 'zod';
import type { ParametersOf } from '../artifacts/artifact-set.ts';
import type { ArtifactName } from '../artifacts/catalogue.ts';
import type { Environment } from './environment.ts';

/** What is said of a setting where it is declared, beside its name, its schema and its default. */
export interface SettingFacts {
  /** One sentence for the documents. */
  readonly help: string;
  /** The artifacts whose bytes it decides: when it changes, they are stale. */
  readonly decides?: readonly ArtifactName[];
  /** The value as it stands in markers, where that is not the value itself; undefined leaves it out. */
  readonly parameter?: (value: unknown) => string | number | null | undefined;
  /** The value as the environment has it, where that is not its text. */
  readonly text?: (value: unknown) => string;
  /** Its name in the model's metadata, where that is not its own in lower case. */
  readonly metadataName?: string;
  /** It may hold a credential: never shown, logged or passed on. */
  readonly isSecret?: true;
  /**
   * How it reaches an attempt: the orchestrator's value is written out; or the text is passed on as it is; or it is
   * withheld, since the orchestrator answers for it; or no attempt ever has it. By default an attempt gets it from where
   * the orchestrator did.
   */
  readonly attempts?: 'written' | 'passed on' | 'withheld' | 'never';
}

const registry = z.registry<SettingFacts>();

/** Declares a setting: `schema` reads the environment's text, and has the default or is optional. */
export function setting<Schema extends z.ZodType>(
  help: string,
  schema: Schema,
  facts: Omit<SettingFacts, 'help'> = {},
): Schema {
  registry.add(schema, { help, ...facts });
  return schema;
}

export type SettingValues = Readonly<Record<string, unknown>>;

export function factsOf(schema: unknown): SettingFacts {
  const facts = schema instanceof z.ZodType ? registry.get(schema) : undefined;
  if (!facts) throw new TypeError('every setting is declared by setting()');
  return facts;
}

export function isSecret(schema: unknown): boolean {
  return schema instanceof z.ZodType && registry.get(schema)?.isSecret === true;
}

/** The names of those settings whose facts fulfil `wanted`. */
export function settingNames(shape: z.ZodRawShape, wanted: (facts: SettingFacts) => boolean): string[] {
  return Object.entries(shape).flatMap(([name, schema]) => (wanted(factsOf(schema)) ? [name] : []));
}

/** A value as the environment has it: `none` where there is none on purpose, and empty where nothing was given. */
export function settingText(value: unknown): string {
  return value === undefined ? '' : String(value ?? 'none');
}

const parameter = z.union([z.string(), z.number(), z.null()]).optional();

/** The settings that decide each artifact's bytes, as they stand in its marker. */
export function parametersBy(shape: z.ZodRawShape, values: SettingValues): ParametersOf {
  return (artifact) =>
    Object.fromEntries(
      settingNames(shape, ({ decides = [] }) => decides.includes(artifact)).flatMap((name) => {
        const { parameter: parameterOf = (value: unknown) => value } = factsOf(shape[name]);
        const found = parameter.parse(parameterOf(values[name]));
        return found === undefined ? [] : [[name, found] as const];
      }),
    );
}

/** What decides an artifact's bytes, as the model's metadata has it. */
export function metadataBy(shape: z.ZodRawShape, values: SettingValues, name: ArtifactName): Record<string, string> {
  const parameters = Object.entries(parametersBy(shape, values)(name));
  return Object.fromEntries(
    parameters.map(([setting, value]) => [
      factsOf(shape[setting]).metadataName ?? setting.toLowerCase(),
      settingText(value),
    ]),
  );
}

/** The settings that the orchestrator writes out for an attempt: its own values are the truth. */
export function writtenSettings(shape: z.ZodRawShape, values: SettingValues): Record<string, string> {
  const names = settingNames(shape, ({ attempts, decides }) => attempts === 'written' || decides !== undefined);
  return Object.fromEntries(
    names.map((name) => {
      const { text = settingText } = factsOf(shape[name]);
      return [name, text(values[name])];
    }),
  );
}

/**
 * The texts in the environment that must never be shown; the password in a URL counts by itself too. What is also the
 * text of a setting in the open cannot be hidden, and what is very short would hide half of every line.
 */
export function secretTexts(shape: z.ZodRawShape, environment: Environment): string[] {
  const textsOf = (isSecret: boolean) =>
    settingNames(shape, (facts) => (facts.isSecret ?? false) === isSecret).map((name) => environment[name] ?? '');
  const secrets = textsOf(true).flatMap((text) => [text, ...passwordsIn(text)]);
  return secrets.filter((secret) => secret.length > 5 && !textsOf(false).includes(secret));
}

/** Of a URL, also where it names several hosts: before the `@`, or a parameter; as written and as read. */
function passwordsIn(url: string): string[] {
  const places = [/:\/\/[^:/?#]*:([^/?#]*)@/, /[?&]password=([^&#]*)/];
  const written = places.map((place) => place.exec(url)?.[1] ?? '');
  return [...new Set([...written, ...written.map((text) => decoded(text))])];
}
