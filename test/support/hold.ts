import { type ArtifactName, artifactKey } from '../../tasks/artifacts/artifact-keys.ts';

/**
 * The environment in which the first attempt of a task works up to the publication of an artifact, and goes on only once
 * the file is removed: whatever a test does to it, it does not come too late.
 */
export function holding(name: ArtifactName, file: string): Readonly<Record<string, string>> {
  return {
    NODE_OPTIONS: `--import=${new URL('held-task.ts', import.meta.url)}`,
    HELD_KEY: artifactKey('credit_default_pipeline', '20240101T000000', name),
    HELD_WHILE: file,
  };
}

/** For good. */
export function holdingForGood(name: ArtifactName): Readonly<Record<string, string>> {
  return holding(name, import.meta.filename);
}
