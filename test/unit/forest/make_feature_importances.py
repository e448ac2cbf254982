#!/usr/bin/env python3
"""Prints feature-importances.json: what scikit-learn finds on the golden sets and on random rows.

    python3 make_feature_importances.py [FEATURES...] > feature-importances.json

Made with scikit-learn 1.2.1, numpy 1.24.2, pandas 1.5.3 on x86-64 Linux.
"""
import json
import pathlib
import sys

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier

GOLDEN = pathlib.Path(__file__).parent / "../../golden"
# numpy sums 8 values and more in eight sums side by side, more than 128 by halves
COUNTS = [int(arg) for arg in sys.argv[1:]] or [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 40, 128, 129, 200, 257, 500]


def importances(x, y, trees, max_depth, seed):
    forest = RandomForestClassifier(n_estimators=trees, max_depth=max_depth, random_state=seed, n_jobs=1)
    return forest.fit(x, y).feature_importances_.tolist()


def golden(folder):
    params = json.loads((folder / "params.json").read_text())
    loans = pd.read_csv(folder / "loans.csv").iloc[json.loads((folder / "split.json").read_text())["train"]]
    x, y = loans.iloc[:, :-1], loans.iloc[:, -1]
    return importances(x, y, params["n_estimators"], params["max_depth"], params["seed"])


def random_rows(features):
    """The rows of randomRows in feature-importances.test.ts."""
    raw = np.random.RandomState(features).randint(0, 2**32, 200 * (features + 1), dtype=np.uint32).reshape(200, -1)
    x, noise = raw[:, :-1] % 1000 / 8, raw[:, -1] % 500 / 8
    return importances(x, x[:, 0] / 2 + x[:, -1] / 2 + noise > 93, 10, 6, features)


print(json.dumps({
    "golden": {folder.name: golden(folder) for folder in sorted(GOLDEN.iterdir()) if folder.is_dir()},
    "random": [random_rows(features) for features in COUNTS],
}))
