"""The DAG's evaluate step on what train.py left in a folder: evaluate.py FOLDER"""
import os
import sys

import joblib
import pandas as pd
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

import report_peak_memory  # noqa: F401

os.chdir(sys.argv[1])
df = pd.read_csv("test.csv")
x, y = df.drop("default_status", axis=1), df["default_status"]
predictions = joblib.load("model.joblib").predict(x)
with open("metrics.txt", "w") as f:
    f.write(
        "Model Performance Metrics\n"
        "========================\n"
        f"Accuracy: {accuracy_score(y, predictions):.4f}\n"
        f"Precision: {precision_score(y, predictions):.4f}\n"
        f"Recall: {recall_score(y, predictions):.4f}\n"
        f"F1 Score: {f1_score(y, predictions):.4f}\n"
    )
