"""The DAG's train step on loans.csv in a folder: train.py FOLDER"""
import os
import sys

import joblib
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

import report_peak_memory  # noqa: F401

os.chdir(sys.argv[1])
df = pd.read_csv("loans.csv")
x, y = df.drop("default_status", axis=1), df["default_status"]
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=42, stratify=y)
pd.concat([x_test, y_test], axis=1).to_csv("test.csv", index=False)
model = RandomForestClassifier(n_estimators=100, max_depth=10, random_state=42, n_jobs=-1)
model.fit(x_train, y_train)
joblib.dump(model, "model.joblib")
