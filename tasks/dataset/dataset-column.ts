import type { DatasetSpec, FeatureSpec } from './dataset-schema.ts';

/** One column of the loans' CSV, and what a value must satisfy: `min <= value <= max`, and whole where it says so. */
export interface DatasetColumn {
  readonly name: string;
  readonly type: FeatureSpec['type'] | 'label';
  /** The texts of the categories; a value is the place of its text. */
  readonly categories: readonly string[];
  readonly isWhole: boolean;
  /** Whether a cell may be empty. */
  readonly isNullable: boolean;
  readonly min: number;
  readonly max: number;
  /** What a value must be, for people. */
  readonly rule: string;
}

/** The model takes features as float32: what lies beyond is infinite to it. */
const largestFloat32 = 3.4028234663852886e38;

/** The features in their order, then the label. */
export function columnsOf({ features, label }: DatasetSpec): DatasetColumn[] {
  return [...Object.entries(features).map(([name, feature]) => featureColumn(name, feature)), labelColumn(label)];
}

function labelColumn({ column, positive, negative }: DatasetSpec['label']): DatasetColumn {
  const other = negative === undefined ? 'one other value' : String(negative);
  const rule = positive === undefined && negative === undefined ? '0 or 1' : `${positive ?? 1} or ${other}`;
  return { name: column, type: 'label', categories: [], isWhole: true, isNullable: false, min: 0, max: 1, rule };
}

function featureColumn(name: string, feature: FeatureSpec): DatasetColumn {
  const { type, nullable = false } = feature;
  const common = { name, type, isNullable: nullable, categories: [] };
  const finite = { min: -largestFloat32, max: largestFloat32 };
  switch (feature.type) {
    case 'boolean':
      return { ...common, isWhole: true, min: 0, max: 1, rule: 'true or false' };
    case 'timestamp':
      return { ...common, isWhole: false, ...finite, rule: 'a finite time' };
    case 'category': {
      const categories = feature.values.map(String);
      const rule = `one of ${shortened(categories)}`;
      return { ...common, categories, isWhole: true, min: 0, max: categories.length - 1, rule };
    }
    default:
      return { ...common, isWhole: type === 'integer', ...limitsOf(feature), rule: ruleOf(feature) };
  }
}

type NumberSpec = Extract<FeatureSpec, { type: 'decimal' | 'integer' }>;

/** Both ends included. */
function limitsOf({ type, min, max, exclusive = false }: NumberSpec): { min: number; max: number } {
  const isWhole = type === 'integer';
  const lowest = min === undefined ? -largestFloat32 : exclusive ? next(min, isWhole, 1) : min;
  const highest = max === undefined ? largestFloat32 : exclusive ? next(max, isWhole, -1) : max;
  return { min: Math.max(lowest, -largestFloat32), max: Math.min(highest, largestFloat32) };
}

/** The next value above (`direction` 1) or below (-1): of whole numbers, or of doubles. */
function next(value: number, isWhole: boolean, direction: 1 | -1): number {
  if (isWhole) return direction > 0 ? Math.floor(value) + 1 : Math.ceil(value) - 1;
  if (value === 0) return direction * Number.MIN_VALUE;
  const bits = new BigInt64Array(Float64Array.of(value).buffer);
  bits[0] = (bits[0] ?? 0n) + (value > 0 === direction > 0 ? 1n : -1n);
  return new Float64Array(bits.buffer)[0] ?? value;
}

function ruleOf({ type, min, max, exclusive = false }: NumberSpec): string {
  const finite = type === 'decimal' ? ' and finite' : '';
  if (min !== undefined && max !== undefined)
    return exclusive ? `above ${min} and below ${max}` : `from ${min} to ${max}`;
  if (min !== undefined) return (exclusive ? `above ${min}` : `${min} or more`) + finite;
  if (max !== undefined) return (exclusive ? `below ${max}` : `${max} or less`) + finite;
  return type === 'decimal' ? 'finite' : 'a whole number';
}

function shortened(texts: readonly string[]): string {
  return texts.length > 10 ? `${texts.slice(0, 10).join(', ')}, …` : texts.join(', ');
}
