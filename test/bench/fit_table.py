"""Prints how many seconds scikit-learn takes to fit: fit_table.py TABLE FEATURES, the table as random-table.ts writes it."""
import sys
import time

import numpy as np
from sklearn.ensemble import RandomForestClassifier

import report_peak_memory  # noqa: F401

table, features = np.fromfile(sys.argv[1], np.uint8), int(sys.argv[2])
rows = len(table) // (8 * features + 1)
x = np.ascontiguousarray(table[: 8 * features * rows].view("<f8").reshape(features, rows).T)
y = table[8 * features * rows :]
train = int(0.8 * rows)
model = RandomForestClassifier(n_estimators=100, max_depth=10, random_state=42, n_jobs=-1)
started = time.perf_counter()
model.fit(x[:train], y[:train])
print(time.perf_counter() - started)
