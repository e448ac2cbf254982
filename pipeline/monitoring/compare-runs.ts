import type { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { InputRefused } from '../../tasks/artifacts/attempt-artifacts.ts';
import { type ArtifactName, artifact, artifactNames } from '../../tasks/artifacts/catalogue.ts';
import type { Marker } from '../../tasks/artifacts/marker.ts';
import { parseJson } from '../../tasks/artifacts/parse-json.ts';
import { decodeModel, MalformedModel } from '../../tasks/model/decode-model.ts';
import { treeHashes } from '../../tasks/model/tree-hashes.ts';
import { BadInput } from '../../tasks/runtime/errors.ts';
import { decidingSettings } from './artifact-report.ts';

/** What a run has published, as far as it has. */
export interface PublishedContents {
  readonly markers: ReadonlyMap<ArtifactName, Marker>;
  /** By name, as `confusion_matrix.true_positives`. */
  readonly scores: NamedValues;
  /** Of the model, the hash of each; undefined where there is no model. */
  readonly trees: readonly string[] | undefined;
}

type Value = number | string | null;
type NamedValues = readonly (readonly [name: string, value: Value])[];

/** One value in each of two runs; null where a run has none. */
export interface ComparedValue {
  readonly name: string;
  readonly first: Value;
  readonly second: Value;
  readonly isSame: boolean;
}

export interface Comparison {
  /** Everything is published in both, made with the same settings, byte for byte the same. */
  readonly isSame: boolean;
  readonly loans: readonly ComparedValue[];
  readonly profile: readonly ComparedValue[];
  readonly parameters: readonly ComparedValue[];
  readonly trees: { readonly first: number | null; readonly second: number | null; readonly inCommon: number };
  readonly scores: readonly ComparedValue[];
  /** By hash; what both lack is not the same either. */
  readonly artifacts: readonly (ComparedValue & { readonly state: 'same' | 'different' | 'missing' })[];
}

/**
 * The markers of what is published and current, and what is read of it, by its hash.
 * @throws InputRefused when an artifact has other bytes than its marker names, though it looks untouched
 * @throws BadInput for a model of another form
 */
export async function readContents(set: ArtifactSet): Promise<PublishedContents> {
  const markers = await set.findAllPublished(artifactNames);
  const read = async (name: ArtifactName) => {
    if (!markers.has(name)) return undefined;
    const bytes = await set.readPublished(name);
    if (!bytes) throw new InputRefused(set.keyOf(name), 'was altered', artifact(name).task);
    return bytes;
  };
  const [model, metrics] = [await read('model'), await read('metricsJson')];
  const trees = model && treesOf(set.keyOf('model'), model);
  return { markers, trees, scores: numbersIn(metrics && parseJson(metrics.toString())) };
}

function treesOf(key: string, model: Uint8Array): string[] {
  try {
    return treeHashes(decodeModel(model).forest);
  } catch (error) {
    throw error instanceof MalformedModel ? new BadInput(`${key}: ${error.message}`, { cause: error }) : error;
  }
}

/** Pure: what differs between two runs, in the order in which one thing follows from another. */
export function compareRuns(first: PublishedContents, second: PublishedContents): Comparison {
  const compare = (valuesOf: (run: PublishedContents) => NamedValues) =>
    compareValues(valuesOf(first), valuesOf(second));
  const parameters = compare(({ markers }) => Object.entries(decidingSettings(markers.values())));
  const hashes = compare(({ markers }) => artifactNames.map((name) => [name, markers.get(name)?.sha256 ?? null]));
  const artifacts = hashes.map((value) => ({ ...value, state: stateOf(value), isSame: stateOf(value) === 'same' }));
  return {
    isSame: [...parameters, ...artifacts].every(({ isSame }) => isSame),
    loans: compare(({ markers }) => [['rows', markers.get('loans')?.rows ?? null], ...classRows(markers)]),
    profile: compare(({ markers }) => numbersOf(markers, 'columns')),
    parameters,
    trees: {
      first: first.trees?.length ?? null,
      second: second.trees?.length ?? null,
      inCommon: inCommon(first.trees ?? [], second.trees ?? []),
    },
    scores: compare(({ scores }) => scores),
    artifacts,
  };
}

function stateOf({ first, second, isSame }: ComparedValue): Comparison['artifacts'][number]['state'] {
  if (first === null || second === null) return 'missing';
  return isSame ? 'same' : 'different';
}

function compareValues(first: NamedValues, second: NamedValues): ComparedValue[] {
  const [firsts, seconds] = [new Map(first), new Map(second)];
  return [...new Set([...firsts.keys(), ...seconds.keys()])].map((name) => {
    const [a = null, b = null] = [firsts.get(name), seconds.get(name)];
    return { name, first: a, second: b, isSame: a === b };
  });
}

/** Of what fetch_data has counted: rows by `classes`, or statistics by `columns`. */
function numbersOf(markers: PublishedContents['markers'], part: 'classes' | 'columns'): NamedValues {
  const numbers = numbersIn(markers.get('loans')?.statistics).filter(([name]) => name.startsWith(`${part}.`));
  return numbers.map(([name, value]) => [name.slice(part.length + 1), value]);
}

function classRows(markers: PublishedContents['markers']): NamedValues {
  return numbersOf(markers, 'classes').map(([label, rows]) => [`class ${label}`, rows]);
}

/** Every number in JSON, however deep, by its path; null where one could have been. */
function numbersIn(json: unknown, path = ''): [string, number | null][] {
  if (typeof json === 'number' || (json === null && path !== '')) return [[path, json]];
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return [];
  return Object.entries(json).flatMap(([name, value]) => numbersIn(value, path === '' ? name : `${path}.${name}`));
}

/** A tree that stands twice in both counts twice. */
function inCommon(first: readonly string[], second: readonly string[]): number {
  const left = new Map<string, number>();
  for (const tree of second) left.set(tree, (left.get(tree) ?? 0) + 1);
  return first.filter((tree) => {
    const count = left.get(tree) ?? 0;
    left.set(tree, count - 1);
    return count > 0;
  }).length;
}
