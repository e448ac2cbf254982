/** Trains for half a minute on one core, long enough to be interrupted. */
export const longTraining = { LOANS_TABLE: 'loans_large', N_ESTIMATORS: '500' } as const;

export const longTrainingRows = 1_000_000;
