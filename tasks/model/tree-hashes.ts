import { createHash } from 'node:crypto';
import type { Forest } from '../forest/forest.ts';

/** The sha256 of each tree's nodes, in the forest's order: equal for trees that split alike and have the same leaves. */
export function treeHashes(forest: Forest): string[] {
  const { treeStart, feature, threshold, childrenRight, weight0, weight1 } = forest;
  const columns = [feature, threshold, childrenRight, weight0, weight1];
  return Array.from(treeStart.subarray(0, -1), (start, tree) => {
    const hash = createHash('sha256');
    for (const column of columns) hash.update(column.subarray(start, treeStart[tree + 1]));
    return hash.digest('hex');
  });
}
