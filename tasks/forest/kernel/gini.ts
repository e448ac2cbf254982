/** Scikit-learn's gini impurity of the class weights. */
@inline
export function gini(class0: f64, class1: f64): f64 {
  const weight = class0 + class1;
  return 1 - (class0 * class0 + class1 * class1) / (weight * weight);
}
