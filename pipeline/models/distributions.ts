import { z } from 'zod';
import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import type { ObjectStore } from '../../tasks/artifacts/stores/object-store.ts';
import { type ColumnProfile, type Profile, profileSchema } from '../../tasks/profile/profile.ts';
import { BadInput } from '../../tasks/runtime/errors.ts';
import type { Model } from './champion.ts';

/** How often which values occur: of a column, or of the scores that a model gave. */
export interface Distribution extends Pick<ColumnProfile, 'edges' | 'counts' | 'nulls'> {
  readonly type: ColumnProfile['type'] | 'score';
  /** Those of two distributions are the same bins only where this is the same. */
  readonly bins: ColumnProfile['bins'] | 'hundredth';
}

/** What a run learnt from, and what its model made of the test loans; no score where none is known. */
export interface Distributions {
  readonly columns: ReadonlyMap<string, Distribution>;
  readonly score: Distribution | undefined;
}

const bins = 100;
const countsSchema = z.array(z.number()).length(bins);

/** What is read of a model card: the test loans by predicted probability, in hundredths. */
const cardSchema = z.object({ score_distribution: z.object({ repaid: countsSchema, defaulted: countsSchema }) });

/** @param card the model card as JSON, if there is one */
export function distributionsOf({ columns }: Profile, card?: unknown): Distributions {
  const found = cardSchema.safeParse(card).data?.score_distribution;
  return { columns: new Map(Object.entries(columns)), score: found && scoreDistribution(found) };
}

function scoreDistribution({ repaid, defaulted }: z.output<typeof cardSchema>['score_distribution']): Distribution {
  const counts = repaid.map((count, i) => count + (defaulted[i] ?? 0));
  return { type: 'score', bins: 'hundredth', edges: counts.map((_, i) => i / bins), counts, nulls: 0 };
}

/**
 * Of what a run has published; undefined where its profile is not published and current.
 * @throws BadInput for a profile that was altered, or is of another form
 */
export async function readDistributions(set: ArtifactSet): Promise<Distributions | undefined> {
  const published = await set.findAllPublished(['profile', 'modelCard']);
  if (!published.has('profile')) return undefined;
  const profile = profileSchema.safeParse(await set.readPublishedJson('profile')).data;
  if (!profile)
    throw new BadInput(`${set.keyOf('profile')} was altered, or is of another version: run fetch_data again`);
  return distributionsOf(profile, published.has('modelCard') && (await set.readPublishedJson('modelCard')));
}

/** Of the run that made a model; undefined where it has published another one since, or no profile. */
export async function modelDistributions(
  store: ObjectStore,
  dagId: string,
  { timestamp, sha256 }: Model,
): Promise<Distributions | undefined> {
  const set = new ArtifactSet(store, dagId, timestamp);
  const model = (await set.findAllPublished(['model'])).get('model');
  return model?.sha256 === sha256 ? readDistributions(set) : undefined;
}
