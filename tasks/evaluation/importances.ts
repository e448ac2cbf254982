export interface FeatureImportance {
  readonly name: string;
  /** Of all that splits lower the impurity, 0 to 1. */
  readonly share: number;
}

/** The features and their importances, which `shares` holds joined by commas; none where it is absent. */
export function pairImportances(names: readonly string[], shares: string | undefined): FeatureImportance[] {
  if (shares === undefined) return [];
  const numbers = shares.split(',').map(Number);
  return names.map((name, f) => ({ name, share: numbers[f] ?? Number.NaN }));
}
