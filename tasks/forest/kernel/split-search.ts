import { bestFeature, forgetBest, searchTogether } from './best-split';
import { searchBorders } from './borders';
import { answerConstant, answerSplit, beginNode, drawFeature, markDraw, takeBackDraw } from './feature-draw';
import { fillBins, fillBothBins, isBinned, shapeNodeBins } from './histogram';
import { Bins } from './structs';
import { bins0, bins1, fieldOf } from './grow-memory';
import { searchWithMissing } from './missing-search';
import { begin, end, openNode } from './node';
import { refine } from './refine';
import { searchSorted } from './sorted-search';

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
    if (isAlone(feature)) {
      if (searchAlone(feature)) answerSplit();
      else answerConstant();
      feature = drawFeature();
      continue;
    }
    // both features are counted in one pass; should the first turn out constant, the second was a wrong guess
    markDraw();
    answerSplit();
    const guess = drawFeature();
    const isBoth = guess >= 0 && !isAlone(guess);
    shapeNodeBins(first, feature);
    if (isBoth) {
      shapeNodeBins(second, guess);
      fillBothBins(first, second, begin, end);
    } else fillBins(first, begin, end);
    if (!searchBorders(first)) {
      takeBackDraw();
      answerConstant();
      feature = drawFeature();
      continue;
    }
    if (!isBoth) {
      refine(first, 0, 0);
      feature = guess;
      continue;
    }
    if (searchBorders(second)) answerSplit();
    else answerConstant();
    searchTogether(guess);
    // the better first: the other may have no promising bin then
    const isSecondBetter = bestFeature == guess;
    refine(isSecondBetter ? second : first, 0, 0);
    refine(isSecondBetter ? first : second, 0, 0);
    searchTogether(-1);
    feature = drawFeature();
  }
}

/** Whether the feature is not counted in one pass with another. */
function isAlone(feature: u32): bool {
  return fieldOf(feature).missing != 0 || !isBinned(feature);
}

/** Compares its cuts; false where it is constant. */
function searchAlone(feature: u32): bool {
  return fieldOf(feature).missing != 0 ? searchWithMissing(feature) : searchSorted(feature);
}
