import { bestFeature, forgetBest, searchTogether } from './best-split';
import { searchBorders } from './borders';
import { answerConstant, answerSplit, beginNode, drawFeature, markDraw, takeBackDraw } from './feature-draw';
import { binShift, fillBins, fillBothBins, shapeBins } from './histogram';
import { Bins } from './structs';
import { bins0, bins1, fieldOf } from './grow-memory';
import { begin, end, highOf, lowOf, openNode, rows } from './node';
import { refine } from './refine';
import { searchSorted } from './sorted-search';

/** Nodes of no more rows are sorted. */
const TINY_NODE: u32 = 40;

/**
 * Finds the best split of a node: what scikit-learn finds by sorting the node's rows, to the last bit and tie. Its records
 * lie from `at` to `last` and have the given class weights; `constants` of its features are known to be constant. `scratch`
 * is room for as many keys as there are records.
 */
export function searchSplit(at: usize, last: usize, scratch: usize, class0: u32, class1: u32, constants: u32): void {
  openNode(at, last, scratch, class0, class1);
  forgetBest();
  beginNode(constants);
  const first = changetype<Bins>(bins0);
  const second = changetype<Bins>(bins1);
  let feature = drawFeature();
  while (feature >= 0) {
    if (!isBinned(feature)) {
      if (searchSorted(feature)) answerSplit();
      else answerConstant();
      feature = drawFeature();
      continue;
    }
    // both features are counted in one pass; should the first turn out constant, the second was a wrong guess
    markDraw();
    answerSplit();
    const guess = drawFeature();
    const isBoth = guess >= 0 && isBinned(guess);
    shape(first, feature);
    if (isBoth) {
      shape(second, guess);
      fillBothBins(first, second, begin, end);
    } else fillBins(first, begin, end);
    if (!searchBorders(first)) {
      takeBackDraw();
      answerConstant();
      feature = drawFeature();
      continue;
    }
    if (!isBoth) {
      refine(first);
      feature = guess;
      continue;
    }
    if (searchBorders(second)) answerSplit();
    else answerConstant();
    searchTogether(guess);
    // the better first: the other may have no promising bin then
    const isSecondBetter = bestFeature == guess;
    refine(isSecondBetter ? second : first);
    refine(isSecondBetter ? first : second);
    searchTogether(-1);
    feature = drawFeature();
  }
}

/** Whether the rows are counted by bins; otherwise they are sorted. */
function isBinned(feature: u32): bool {
  const low = lowOf(feature);
  const high = highOf(feature);
  if (rows <= TINY_NODE || low == high) return false;
  // between coarse bins it is unknown whether neighbours are near
  return fieldOf(feature).hasNearValues == 0 || binShift(high - low + 1, rows) == 0;
}

function shape(bins: Bins, feature: u32): void {
  const low = lowOf(feature);
  const high = highOf(feature);
  shapeBins(bins, feature, low, high, binShift(high - low + 1, rows));
}
