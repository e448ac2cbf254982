import { createHash } from 'node:crypto';
import type { Tree } from '../forest/tree-grower.ts';

/** Named in the digest of a fit, so that blocks of another layout are never looked at. */
export const BLOCK_FORMAT = 1;

const HASH_BYTES = 32;
/** Of a node where no value may be missing. */
const NODE_BYTES = 36;

/**
 * Grown trees as bytes, little endian: their number and how many nodes each has (uint32), then tree after tree its columns
 * in the order of `Tree`, `missingGoToLeft` only where values may be missing; at the end the SHA-256 of the block's name and
 * all that stands before.
 */
export function encodeBlock(name: string, trees: readonly Tree[]): Uint8Array {
  const counts = Uint32Array.of(trees.length, ...trees.map(({ feature }) => feature.length));
  const body = Buffer.concat([counts, ...trees.flatMap(columnsOf)].map(bytesOf));
  return Buffer.concat([body, hashOf(name, body)]);
}

/** The trees, or undefined where the bytes are not the block of that name. */
export function decodeBlock(name: string, bytes: Uint8Array): Tree[] | undefined {
  const body = bytes.subarray(0, -HASH_BYTES);
  if (Buffer.compare(hashOf(name, body), bytes.subarray(-HASH_BYTES)) !== 0) return undefined;
  // a copy of its own, so that its numbers are aligned
  const { buffer } = Uint8Array.from(body);
  const [trees = 0] = new Uint32Array(buffer, 0, 1);
  const nodeCounts = Array.from(new Uint32Array(buffer, 4, trees));
  let at = 4 + 4 * trees;
  const nodeBytes = (buffer.byteLength - at) / nodeCounts.reduce((sum, nodes) => sum + nodes, 0);
  const take = (size: number) => {
    at += size;
    return buffer.slice(at - size, at);
  };
  return nodeCounts.map((nodes) => ({
    feature: new Int32Array(take(4 * nodes)),
    threshold: new Float64Array(take(8 * nodes)),
    childrenRight: new Int32Array(take(4 * nodes)),
    weight0: new Uint32Array(take(4 * nodes)),
    weight1: new Uint32Array(take(4 * nodes)),
    nNodeSamples: new Uint32Array(take(4 * nodes)),
    impurity: new Float64Array(take(8 * nodes)),
    ...(nodeBytes > NODE_BYTES && { missingGoToLeft: new Uint8Array(take(nodes)) }),
  }));
}

function columnsOf(tree: Tree) {
  const { feature, threshold, childrenRight, weight0, weight1, nNodeSamples, impurity, missingGoToLeft } = tree;
  const columns = [feature, threshold, childrenRight, weight0, weight1, nNodeSamples, impurity];
  return missingGoToLeft ? [...columns, missingGoToLeft] : columns;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function hashOf(name: string, body: Uint8Array): Uint8Array {
  return createHash('sha256').update(name).update(body).digest();
}
