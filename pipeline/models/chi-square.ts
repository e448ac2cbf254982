/** The value that a chi-square variable of so many degrees of freedom (1 or more) stays below with this probability. */
export function chiSquareQuantile(probability: number, degrees: number): number {
  let [low, high] = [0, 2 * degrees + 100];
  for (let middle = high / 2; low < middle && middle < high; middle = (low + high) / 2) {
    if (chiSquareBelow(middle, degrees) < probability) low = middle;
    else high = middle;
  }
  return high;
}

/** The regularized lower incomplete gamma function of degrees / 2, by its series (Abramowitz and Stegun 6.5.29). */
function chiSquareBelow(value: number, degrees: number): number {
  const [a, x] = [degrees / 2, value / 2];
  let term = Math.exp(a * Math.log(x) - x - logGamma(a + 1));
  let sum = term;
  for (let n = 1; term > sum * Number.EPSILON; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

/** Of a half or a whole number. */
function logGamma(a: number): number {
  let sum = a % 1 === 0 ? 0 : Math.log(Math.PI) / 2;
  for (let factor = a - 1; factor > 0; factor--) sum += Math.log(factor);
  return sum;
}
