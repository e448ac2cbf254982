import type { ObjectStore } from '../../tasks/artifacts/stores/object-store.ts';
import { BadInput } from '../../tasks/runtime/errors.ts';
import type { Candidate, Model } from './champion.ts';
import { modelDistributions } from './distributions.ts';
import { driftOf } from './drift.ts';
import type { Evidence } from './verdict.ts';

/** What is known of the candidate beside the champion, or the one before it. */
export async function weigh(
  store: ObjectStore,
  dagId: string,
  candidate: Candidate,
  champion: Model,
  leastRows: number,
): Promise<Evidence> {
  // with the kernel of the forest, which no other command should load
  const { compareFairly, NoFairComparison } = await import('./fair-comparison.ts');
  const comparison = await compareFairly(store, dagId, candidate, champion, leastRows).catch((error) => {
    if (!(error instanceof NoFairComparison)) throw error;
    return { impossible: error.message };
  });
  return { against: champion.timestamp, comparison, drift: await measureDrift(store, dagId, candidate, champion) };
}

async function measureDrift(
  store: ObjectStore,
  dagId: string,
  candidate: Candidate,
  champion: Model,
): Promise<Evidence['drift']> {
  try {
    const current = await modelDistributions(store, dagId, candidate);
    const reference = await modelDistributions(store, dagId, champion);
    if (reference && current) return driftOf(reference, current);
    const { timestamp } = reference ? candidate : champion;
    return { impossible: `the run of ${timestamp} has no profile of that model's loans, or was done again since` };
  } catch (error) {
    // one that was altered keeps no model from being judged
    if (!(error instanceof BadInput)) throw error;
    return { impossible: error.message };
  }
}
