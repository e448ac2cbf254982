/** What lies in the kernel's memory field by field; all else are plain columns. */

/** Where a feature's ranks stand in a record, and what is known of them. The host fills in the first three. */
@unmanaged
export class FeatureField {
  /** Where its 64-bit word lies from the record's first, in bytes. */
  word: u32;
  shift: u32;
  mask: u32;
  distinct: u32;
  /** 1 where two values lie so near that scikit-learn takes them as equal. */
  hasNearValues: u32;
  /** The rank of the rows that miss the value: a bit above all other ranks; 0 where no row does. */
  missing: u32;
}

export const FEATURE_FIELD_BYTES: u32 = offsetof<FeatureField>();
export const FEATURE_FIELD_DISTINCT: u32 = offsetof<FeatureField>('distinct');
export const FEATURE_FIELD_MISSING: u32 = offsetof<FeatureField>('missing');

/**
 * The class weights of a node by bins of 2^shift ranks of a feature: two 32-bit counters for each bin, and behind the last
 * bin two for the rows that miss the value.
 */
@unmanaged
export class Bins {
  feature: u32;
  shift: u32;
  /** The number of the first bin; the bin of a rank is rank >> shift. */
  first: u32;
  count: u32;
  counters: usize;
}

/** The counters behind it begin on half a cache line. */
export const BINS_HEADER: u32 = (offsetof<Bins>() + 31) & ~31;

/** A node that is still to be grown. */
@unmanaged
export class PendingNode {
  impurity: f64;
  /** Where its records lie in the buffer of its level, in bytes. */
  start: u32;
  end: u32;
  depth: u32;
  /** The node whose right child this is, or NO_PARENT. */
  rightOf: i32;
  weight0: u32;
  weight1: u32;
  /** How many features are known to be constant. */
  constants: u32;
  /** How much of the trail leads to the parent. */
  trail: u32;
  /** The one rank range that is narrower than the parent's: its address, or 0 for the root, and its new end. */
  range: u32;
  rank: u32;
}

export const PENDING_NODE_BYTES: u32 = (offsetof<PendingNode>() + 7) & ~7;

/** A node as it is walked. The children of a leaf are the leaf itself. */
@unmanaged
export class WalkNode {
  threshold: f32;
  /** Where in a group of rows its feature stands, in bytes. */
  feature: u32;
  /** The addresses of its children; one of them is picked by its place. */
  left: u32;
  right: u32;
}

export const WALK_NODE_BYTES: u32 = offsetof<WalkNode>();
