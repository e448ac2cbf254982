import type { Dag, PodShape } from '../orchestrator/dag.ts';
import type { Placement } from '../orchestrator/executor.ts';
import { type AttemptRecord, type RunRecord, taskRecord } from '../orchestrator/run-record.ts';
import type { Price, Prices } from '../settings/monitoring-settings.ts';

/** What attempts asked for, for as long as they ran; whether they used it is not known. */
export interface Usage {
  readonly vcpuSeconds: number;
  readonly gibSeconds: number;
  readonly usd: number | null;
}

export interface RunCost {
  readonly byPlacement: Readonly<Record<Placement, Usage>>;
  /** By attempts that did not succeed: failed, preempted, lost. */
  readonly wasted: Usage;
  readonly total: Usage;
}

/** An estimate: requests are not bills. `usd` is null without a price for each placement that was used. */
export function runCost(dag: Dag, record: RunRecord, prices: Prices | undefined, now: Date): RunCost {
  const used = dag.tasks.flatMap(({ taskId, pod }) =>
    taskRecord(record, taskId).attempts.flatMap((attempt) => {
      if (attempt.phase === 'queued' || !attempt.startedAt) return [];
      const end = attempt.phase === 'ended' ? Date.parse(attempt.endedAt) : now.getTime();
      const seconds = Math.max(0, end - Date.parse(attempt.startedAt)) / 1000;
      const isWasted = attempt.phase === 'ended' && attempt.outcome !== 'succeeded';
      return [{ placement: attempt.placement, isWasted, usage: usageOf(pod, seconds, priceOf(prices, attempt)) }];
    }),
  );
  const of = (placement: Placement) =>
    sum(used.filter((part) => part.placement === placement).map(({ usage }) => usage));
  return {
    byPlacement: { spot: of('spot'), 'on-demand': of('on-demand'), local: of('local') },
    wasted: sum(used.filter(({ isWasted }) => isWasted).map(({ usage }) => usage)),
    total: sum(used.map(({ usage }) => usage)),
  };
}

/** The type of the node is the more exact. */
function priceOf(prices: Prices | undefined, { node, placement }: AttemptRecord): Price | undefined {
  return prices?.[node?.type ?? placement] ?? prices?.[placement];
}

/** One attempt of a pod, by the price of its share of a node or of a whole node. */
export function usageOf({ requests }: Pick<PodShape, 'requests'>, seconds: number, price: Price | undefined): Usage {
  const vcpuSeconds = seconds * quantity(requests.cpu);
  const gibSeconds = (seconds * quantity(requests.memory)) / 2 ** 30;
  const hourly =
    price &&
    ('nodeHour' in price ? seconds * price.nodeHour : vcpuSeconds * price.vcpuHour + gibSeconds * price.gibHour);
  return { vcpuSeconds, gibSeconds, usd: hourly === undefined ? null : hourly / 3600 };
}

export function sum(parts: readonly Usage[]): Usage {
  return parts.reduce(
    (all, part) => ({
      vcpuSeconds: all.vcpuSeconds + part.vcpuSeconds,
      gibSeconds: all.gibSeconds + part.gibSeconds,
      usd: all.usd === null || part.usd === null ? null : all.usd + part.usd,
    }),
    { vcpuSeconds: 0, gibSeconds: 0, usd: 0 },
  );
}

const suffixes = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A quantity as Kubernetes writes it: `500m`, `1Gi`. */
export function quantity(text: string): number {
  const [, number, suffix] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(text) ?? [];
  const factor = Object.entries(suffixes).find(([name]) => name === suffix)?.[1];
  if (factor === undefined) throw new RangeError(`expected a quantity as 500m or 1Gi, found "${text}"`);
  return Number(number) * factor;
}
