import { championKey, verdictKey } from '../../tasks/artifacts/artifact-keys.ts';
import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { readJson } from '../../tasks/artifacts/read-json.ts';
import { dataEnd, type Run, type Schedule } from '../../tasks/artifacts/run-dates.ts';
import { type ObjectStore, unchangedSince } from '../../tasks/artifacts/stores/object-store.ts';
import { candidateOf } from './candidate-of.ts';
import { type Champion, championSchema } from './champion.ts';
import { ChampionMoved, ChampionStore } from './champion-store.ts';
import { keepModel } from './keep-model.ts';
import { type Gates, judge, noEvidence, type Promotion, type Verdict, verdictSchema } from './verdict.ts';
import { weigh } from './weigh.ts';

const patience = 3;

/** How models are judged. */
export interface Judging {
  readonly schedule: Schedule;
  readonly promotion: Promotion;
  readonly gates: Gates;
  /** How few loans are no evidence. */
  readonly leastRows: number;
  readonly clock: () => Date;
}

/** A verdict, and whether it was come to just now. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly isNew: boolean;
}

/** The champion, for reports: undefined where there is none, or none that can be read. */
export async function readChampion(store: ObjectStore, dagId: string): Promise<Champion | undefined> {
  return championSchema.safeParse(await readJson(store, championKey(dagId))).data;
}

/** What was decided of the model of a run; undefined where nothing was. */
export async function readVerdict(store: ObjectStore, dagId: string, timestamp: string): Promise<Verdict | undefined> {
  return verdictSchema.safeParse(await readJson(store, verdictKey(dagId, timestamp))).data;
}

/**
 * Judges the published model of a run, once: what a human decided since is not undone. Where it passes, and no later run's
 * model is champion, it becomes champion. A crash before the verdict is written judges again. Once there is a verdict nothing but
 * it and the model's marker is read.
 */
export async function judgeOnce(
  store: ObjectStore,
  dagId: string,
  run: Pick<Run, 'timestamp' | 'runId'>,
  { schedule, promotion, gates, leastRows, clock }: Judging,
): Promise<Judgement | undefined> {
  if (promotion === 'off') return undefined;
  const known = await readVerdict(store, dagId, run.timestamp);
  const marker = await new ArtifactSet(store, dagId, run.timestamp).readMarker('model');
  if (known && known.sha256 === marker?.sha256) return { verdict: known, isNew: false };
  const candidate = await candidateOf(store, dagId, run);
  const decidedAt = clock().toISOString();
  const champions = new ChampionStore(store, dagId);
  for (let left = patience; ; left--) {
    const champion = await champions.read();
    const isOlder = champion !== undefined && dataEnd(schedule, champion.timestamp) > dataEnd(schedule, run.timestamp);
    // after a crash behind its move it is champion itself already
    const isChampion = champion?.sha256 === candidate.sha256 && champion.timestamp === candidate.timestamp;
    const earlier = isChampion ? champion.before : champion;
    const evidence = earlier && !isOlder ? await weigh(store, dagId, candidate, earlier, leastRows) : noEvidence;
    const verdict = judge(gates, candidate, isOlder, evidence, promotion, decidedAt);
    const decision = { reason: reasonOf(verdict), decidedBy: `PROMOTION=${promotion}`, decidedAt };
    try {
      if (verdict.decision === 'promoted' && !isChampion)
        await champions.move(await keepModel(store, dagId, candidate), decision, champion);
      await save(store, dagId, verdict);
      return { verdict, isNew: true };
    } catch (error) {
      if (!(error instanceof ChampionMoved) || left === 0) throw error;
    }
  }
}

function reasonOf({ rules }: Verdict): string {
  return rules.length > 0 ? `it passes ${rules.map(({ name }) => name).join(', ')}` : 'it was the newest model';
}

async function save(store: ObjectStore, dagId: string, verdict: Verdict): Promise<void> {
  const key = verdictKey(dagId, verdict.timestamp);
  const options = { condition: unchangedSince(await store.head(key)), contentType: 'application/json' };
  await store.put(key, Buffer.from(`${JSON.stringify(verdict, null, 2)}\n`), options);
}
