"""Fits scikit-learn's forests (1.9 or newer, for its way with missing values) on what stands on stdin, a case in JSON a line.

A case has `features` (columns, null where missing), `labels`, `rows` to train on, `asked` (columns of rows to predict),
`n_estimators`, `max_depth`, `random_state`. Answers a line of JSON for each: the `trees`, and `probabilities` of class 1.
"""
import json
import sys

import numpy as np
from sklearn.ensemble import RandomForestClassifier


def answer(case):
    x = np.array(case["features"], dtype=float).T[case["rows"]]
    y = np.array(case["labels"])[case["rows"]]
    settings = {name: case[name] for name in ("n_estimators", "max_depth", "random_state")}
    model = RandomForestClassifier(**settings, n_jobs=1).fit(x, y)
    probabilities = by_class(model.predict_proba(np.array(case["asked"], dtype=float).T), model)[:, 1]
    trees = [describe(estimator.tree_, model) for estimator in model.estimators_]
    return {"trees": trees, "probabilities": probabilities.tolist()}


def describe(tree, model):
    # shares since 1.3; weights are whole numbers
    weights = np.round(tree.value[:, 0, :] * tree.weighted_n_node_samples[:, None])
    return {
        "feature": tree.feature.tolist(),
        # JSON knows no infinity
        "threshold": [None if np.isinf(threshold) else threshold for threshold in tree.threshold.tolist()],
        "children_left": tree.children_left.tolist(),
        "children_right": tree.children_right.tolist(),
        "n_node_samples": tree.n_node_samples.tolist(),
        "impurity": tree.impurity.tolist(),
        "value": by_class(weights, model).ravel().astype(int).tolist(),
        "missing_go_to_left": tree.missing_go_to_left.tolist(),
    }


def by_class(columns, model):
    """A column for class 0 and one for class 1, whichever of them there are."""
    both = np.zeros((len(columns), 2))
    both[:, model.classes_] = columns
    return both


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))))
