/** The columns of a loan in file order: features as the model takes them, the label last. */
export const featureNames = ['loan_amount', 'income', 'credit_score', 'age', 'loan_term'] as const;
export const labelName = 'default_status';
export const columnNames = [...featureNames, labelName] as const;
export const headerLine = `${columnNames.join(',')}\n`;

export type ColumnName = (typeof columnNames)[number];

/** What a value must satisfy to be a plausible loan: `min <= value <= max`, and whole where the type says so. */
export interface ColumnLimits {
  readonly name: ColumnName;
  readonly type: 'decimal' | 'integer';
  readonly rule: string;
  readonly min: number;
  readonly max: number;
}

/** The model takes features as float32: what lies above is infinite to it. */
const largestFloat32 = 3.4028234663852886e38;

// the smallest double and the largest float32 stand for "above zero" and "finite", so that both ends are inclusive everywhere
const aboveZero = {
  type: 'decimal',
  rule: 'above 0 and finite',
  min: Number.MIN_VALUE,
  max: largestFloat32,
} as const;

export const limits: readonly ColumnLimits[] = [
  { name: 'loan_amount', ...aboveZero },
  { name: 'income', ...aboveZero },
  { name: 'credit_score', type: 'integer', rule: 'from 300 to 850', min: 300, max: 850 },
  { name: 'age', type: 'integer', rule: 'from 18 to 120', min: 18, max: 120 },
  { name: 'loan_term', type: 'integer', rule: 'from 1 to 600', min: 1, max: 600 },
  { name: 'default_status', type: 'integer', rule: '0 or 1', min: 0, max: 1 },
];
