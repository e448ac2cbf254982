import { type TreeColumns, treeFields } from './tree-columns.ts';

/** The first difference between two forests, in words; the lower node comes first. */
export function findTreeDifference(ours: Iterable<TreeColumns>, theirs: Iterable<TreeColumns>): string | undefined {
  const [ourTrees, theirTrees] = [ours[Symbol.iterator](), theirs[Symbol.iterator]()];
  for (let tree = 0; ; tree++) {
    const [our, their] = [ourTrees.next(), theirTrees.next()];
    if (our.done && their.done) return undefined;
    if (our.done) return `there are ${tree} trees here, more in scikit-learn`;
    if (their.done) return `there are more trees here, ${tree} in scikit-learn`;
    const difference = findNodeDifference(our.value, their.value);
    if (difference) return `tree ${tree}, ${difference}`;
  }
}

function findNodeDifference(ours: TreeColumns, theirs: TreeColumns): string | undefined {
  const firsts = treeFields.map((field) => ({ field, ...findFirst(field, ours, theirs) }));
  const { node, field } = firsts.reduce((first, other) => (other.node < first.node ? other : first));
  const nodes = [ours.feature.length, theirs.feature.length] as const;
  if (node < Math.min(...nodes)) {
    return `node ${node}: ${field} is ${show(ours, field, node)} here, ${show(theirs, field, node)} in scikit-learn`;
  }
  return nodes[0] === nodes[1] ? undefined : `which has ${nodes[0]} nodes here, ${nodes[1]} in scikit-learn`;
}

/** The first node whose field differs; Infinity if there is none among those that both have. */
function findFirst(field: keyof TreeColumns, ours: TreeColumns, theirs: TreeColumns): { readonly node: number } {
  const [a = [], b = []] = [ours[field], theirs[field]];
  const entries = Math.min(a.length, b.length);
  let i = 0;
  while (i < entries && a[i] === b[i]) i++;
  return { node: i === entries ? Number.POSITIVE_INFINITY : Math.floor(i / entriesPerNode(field)) };
}

function show(tree: TreeColumns, field: keyof TreeColumns, node: number): string {
  const entries = entriesPerNode(field);
  return tree[field]?.subarray(node * entries, (node + 1) * entries).join(' and ') ?? 'nothing';
}

function entriesPerNode(field: keyof TreeColumns): number {
  return field === 'value' ? 2 : 1;
}
