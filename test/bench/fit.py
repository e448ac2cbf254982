"""Prints how many seconds scikit-learn takes to fit: fit.py LOANS_CSV"""
import sys
import time

import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

import report_peak_memory  # noqa: F401

df = pd.read_csv(sys.argv[1])
x, y = df.drop("default_status", axis=1), df["default_status"]
x_train, _, y_train, _ = train_test_split(x, y, test_size=0.2, random_state=42, stratify=y)
model = RandomForestClassifier(n_estimators=100, max_depth=10, random_state=42, n_jobs=-1)
started = time.perf_counter()
model.fit(x_train, y_train)
print(time.perf_counter() - started)
