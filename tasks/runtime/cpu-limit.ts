import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

/**
 * How many threads can run at a time: on the machine's CPUs that are ours, and within the container's limit, rounded up.
 * Node itself knows of the limit in cgroups of version 2, and of version 1 not everywhere.
 */
export function usableCpus(cgroups = '/sys/fs/cgroup'): number {
  return Math.max(1, Math.ceil(Math.min(availableParallelism(), cpuLimit(cgroups))));
}

/** The container's limit in CPUs; Infinity where there is none. */
export function cpuLimit(cgroups: string): number {
  const [quota = Number.NaN, period = Number.NaN] =
    numbersIn(join(cgroups, 'cpu.max')) ??
    [join(cgroups, 'cpu/cpu.cfs_quota_us'), join(cgroups, 'cpu/cpu.cfs_period_us')].flatMap((f) => numbersIn(f) ?? []);
  return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY;
}

function numbersIn(path: string): number[] | undefined {
  try {
    return readFileSync(path, 'utf8').trim().split(' ').map(Number);
  } catch {
    return undefined;
  }
}
