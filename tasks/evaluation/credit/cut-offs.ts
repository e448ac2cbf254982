import type { ThresholdSweep } from '../threshold-sweep.ts';

/** What an error costs, in any unit. */
export interface Costs {
  /** A default that was approved. */
  readonly falseNegative: number;
  /** A loan refused that would have been repaid. */
  readonly falsePositive: number;
}

/** Loans are approved up to a probability, and refused above it. */
export interface CutOff {
  /** null: every loan is refused. */
  readonly cutOff: number | null;
  readonly approved: number;
  readonly approvalRate: number;
  /** The share of defaults among the approved; null where none is. */
  readonly badRate: number | null;
  readonly approvedDefaults: number;
  readonly refusedRepaid: number;
  readonly costPerLoan: number;
}

export interface CutOffs {
  readonly costs: Costs;
  /** 0.05, 0.10, … 0.95. */
  readonly table: readonly CutOff[];
  /** Of all that tell the rows apart; of equally cheap ones the highest. */
  readonly cheapest: CutOff;
}

export function cutOffs(sweep: ThresholdSweep, costs: Costs): CutOffs {
  const table: CutOff[] = [];
  let above = -1;
  for (let twentieth = 19; twentieth >= 1; twentieth -= 1) {
    while ((sweep.thresholds[above + 1] ?? 0) > twentieth / 20) above += 1;
    table.push(cutOffAt(sweep, costs, above, twentieth / 20));
  }
  return { costs, table: table.reverse(), cheapest: cheapest(sweep, costs) };
}

function cheapest(sweep: ThresholdSweep, costs: Costs): CutOff {
  let best = -1;
  for (let step = 0; step < sweep.thresholds.length; step += 1)
    if (totalCost(sweep, costs, step) < totalCost(sweep, costs, best)) best = step;
  return cutOffAt(sweep, costs, best, best === -1 ? 1 : (sweep.thresholds[best + 1] ?? null));
}

/** Where the rows up to a step of the sweep are refused; -1: none. */
function cutOffAt(sweep: ThresholdSweep, costs: Costs, step: number, cutOff: number | null): CutOff {
  const rows = sweep.positives + sweep.negatives;
  const approvedDefaults = sweep.positives - (sweep.truePositives[step] ?? 0);
  const refusedRepaid = sweep.falsePositives[step] ?? 0;
  const approved = approvedDefaults + sweep.negatives - refusedRepaid;
  return {
    cutOff,
    approved,
    approvalRate: approved / rows,
    badRate: approved === 0 ? null : approvedDefaults / approved,
    approvedDefaults,
    refusedRepaid,
    costPerLoan: totalCost(sweep, costs, step) / rows,
  };
}

function totalCost({ positives, truePositives, falsePositives }: ThresholdSweep, costs: Costs, step: number): number {
  const missed = positives - (truePositives[step] ?? 0);
  return missed * costs.falseNegative + (falsePositives[step] ?? 0) * costs.falsePositive;
}
