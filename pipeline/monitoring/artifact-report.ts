import type { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { type ArtifactName, artifactNames } from '../../tasks/artifacts/catalogue.ts';
import type { Marker } from '../../tasks/artifacts/marker.ts';
import type { RunReport } from './run-report.ts';

/** What is shown of a published artifact: what its marker says. */
export interface ArtifactReport
  extends Pick<Marker, 'bytes' | 'sha256' | 'rows' | 'inputs' | 'parameters' | 'task' | 'attempt' | 'finishedAt'> {
  readonly name: ArtifactName;
  readonly key: string;
}

/** The artifacts of a run that are published and current, in the catalogue's order. */
export async function artifactReports(set: ArtifactSet): Promise<ArtifactReport[]> {
  const markers = await set.findAllPublished(artifactNames);
  return [...markers].map(([name, marker]) => {
    const { bytes, sha256, rows, inputs, parameters, task, attempt, finishedAt } = marker;
    return { name, key: set.keyOf(name), bytes, sha256, rows, inputs, parameters, task, attempt, finishedAt };
  });
}

/** A run with what it has published. */
export interface PublishedRun {
  readonly report: RunReport;
  readonly artifacts: readonly ArtifactReport[];
}

/** The settings that decided the artifacts' bytes. */
export function decidingSettings(
  artifacts: Iterable<Pick<ArtifactReport, 'parameters'>>,
): Readonly<Record<string, string>> {
  const all = [...artifacts].flatMap(({ parameters }) => Object.entries(parameters));
  return Object.fromEntries(all.map(([name, value]) => [name, String(value ?? 'none')]));
}
