import { z } from 'zod';
import { readJson } from './read-json.ts';
import type { ObjectStore } from './stores/object-store.ts';

const markerSchema = z.object({
  /** The key of the artifact it vouches for. */
  artifact: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  /** The artifact's etag when it was published: a shortcut, never the proof. */
  etag: z.string(),
  rows: z.number().nullable(),
  inputs: z.array(z.object({ key: z.string(), sha256: z.string() })),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
  task: z.string(),
  attempt: z.number(),
  finishedAt: z.string(),
  version: z.string(),
  /** Of the code that made it, where the environment says so; equal artifacts may differ in it. */
  sourceRevision: z.string().optional(),
  imageDigest: z.string().optional(),
  /** What the task counted on its way, for people. */
  statistics: z.unknown().optional(),
});

/** The `.SUCCESS` object beside an artifact: it names the exact bytes that are published, and what they came from. */
export type Marker = z.infer<typeof markerSchema>;
export type Parameters = Marker['parameters'];

export function encodeMarker(marker: Marker): Uint8Array {
  return Buffer.from(`${JSON.stringify(marker, null, 2)}\n`);
}

/** The marker stored under `key`; undefined where there is none, or none that can be read. */
export async function readMarker(store: ObjectStore, key: string): Promise<Marker | undefined> {
  return markerSchema.safeParse(await readJson(store, key)).data;
}
