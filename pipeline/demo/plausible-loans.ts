/** The columns of the article's table that are made up. */
export const madeUpColumns = [
  'id',
  'loan_amount',
  'income',
  'credit_score',
  'age',
  'loan_term',
  'default_status',
] as const;

export type PlausibleLoan = Readonly<Record<(typeof madeUpColumns)[number], number>>;

const loanTerms = [6, 12, 24, 36, 48, 60] as const;

/**
 * Loans that a model can learn something from, in id order from 1: about 48 % default, and who knows the rule behind
 * them is right about four times in five. A seed (0 <= seed < 2^32) makes the same loans everywhere; more rows only
 * add to them.
 */
export function* plausibleLoans(rows: number, seed: number): Generator<PlausibleLoan> {
  const uniform = uniformNumbers(seed);
  for (let id = 1; id <= rows; id++) yield plausibleLoan(id, uniform);
}

function plausibleLoan(id: number, uniform: () => number): PlausibleLoan {
  const size = uniform();
  const loan = {
    id,
    loan_amount: inCents(500 + 59_500 * size * size),
    income: inCents(within(12_000, 250_000, 52_000 * Math.exp(0.55 * normal(uniform)))),
    credit_score: within(300, 850, Math.round(600 + 110 * normal(uniform))),
    age: 18 + Math.floor((63 * (uniform() + uniform())) / 2),
    loan_term: loanTerms[Math.floor(loanTerms.length * uniform())] ?? 60,
  };
  return { ...loan, default_status: risk(loan) + normal(uniform) > 0 ? 1 : 0 };
}

/** Above 0 for those who default more often than not. The constant makes it 48 % of all. */
function risk(loan: Omit<PlausibleLoan, 'default_status'>): number {
  const burden = Math.min(loan.loan_amount / loan.income, 1.5);
  return (
    1.1 * ((600 - loan.credit_score) / 110) +
    2 * burden +
    0.4 * ((loan.loan_term - 31) / 19) +
    0.3 * ((49 - loan.age) / 13) -
    0.9
  );
}

/** Near enough to a standard normal: mean 0, variance 1, within ±3.5. */
function normal(uniform: () => number): number {
  return Math.sqrt(3) * (uniform() + uniform() + uniform() + uniform() - 2);
}

/** Mulberry32, Tommy Ettinger's 32-bit generator: numbers in [0, 1). */
function uniformNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function within(min: number, max: number, value: number): number {
  return Math.min(Math.max(value, min), max);
}

function inCents(value: number): number {
  return Math.round(value * 100) / 100;
}
