"""The DAG's pipeline in scikit-learn and pandas, and everything it computes as files.

    pipeline.py LOANS_CSV FOLDER TREES MAX_DEPTH|none SEED TEST_SIZE LABEL STRATIFY NULLABLE

Arrays are raw and little endian; those of the trees lie tree after tree, `node_count` has one number for each.
"""
import json
import os
import sys
import time

import numpy as np
import pandas as pd
import sklearn
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score
from sklearn.model_selection import train_test_split

def main(loans, folder, trees, max_depth, seed, test_size, label, stratify, nullable):
    started = time.perf_counter()
    df = pd.read_csv(loans)
    x, y = df.drop(label, axis=1), df[label]
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=float(test_size), random_state=int(seed), stratify=y if stratify == "true" else None
    )
    test_csv = os.path.join(folder, "test.csv")
    pd.concat([x_test, y_test], axis=1).to_csv(test_csv, index=False)

    depth = None if max_depth == "none" else int(max_depth)
    model = RandomForestClassifier(n_estimators=int(trees), max_depth=depth, random_state=int(seed), n_jobs=-1)
    fit_started = time.perf_counter()
    model.fit(x_train, y_train)
    fit_seconds = time.perf_counter() - fit_started

    model.n_jobs = 1  # several jobs add up the trees in the order they end
    held = pd.read_csv(test_csv)
    x_held, y_held = held.drop(label, axis=1), held[label]
    probabilities, predictions = model.predict_proba(x_held), model.predict(x_held)
    text = metrics_text(y_held, predictions)
    seconds = time.perf_counter() - started

    with open(os.path.join(folder, "metrics.txt"), "w") as f:
        f.write(text)
    dump(folder, "train", [x_train.index], "<u4")
    dump(folder, "test", [x_test.index], "<u4")
    dump(folder, "probabilities", [by_class(probabilities, model)[:, 1]], "<f8")
    dump_trees(folder, model, nullable == "true")
    with open(os.path.join(folder, "about.json"), "w") as f:
        json.dump({"version": sklearn.__version__, "seconds": seconds, "fitSeconds": fit_seconds}, f)


def metrics_text(y, predictions):
    return (
        "Model Performance Metrics\n"
        "========================\n"
        f"Accuracy: {accuracy_score(y, predictions):.4f}\n"
        f"Precision: {precision_score(y, predictions, zero_division=0):.4f}\n"
        f"Recall: {recall_score(y, predictions, zero_division=0):.4f}\n"
        f"F1 Score: {f1_score(y, predictions, zero_division=0):.4f}\n"
    )


def dump_trees(folder, model, nullable):
    trees = [estimator.tree_ for estimator in model.estimators_]
    dump(folder, "node_count", [[tree.node_count for tree in trees]], "<u4")
    for field, dtype in (("feature", "<i4"), ("threshold", "<f8"), ("children_left", "<i4"), ("children_right", "<i4"),
                         ("n_node_samples", "<i4"), ("impurity", "<f8")):
        dump(folder, field, (getattr(tree, field) for tree in trees), dtype)
    if nullable:  # scikit-learn 1.4 and later
        dump(folder, "missing_go_to_left", (tree.missing_go_to_left for tree in trees), "u1")
    dump(folder, "value", (by_class(weights(tree), model) for tree in trees), "<i4")


def weights(tree):
    """The weight of each class in each node."""
    value = tree.value[:, 0, :]
    if tuple(int(part) for part in sklearn.__version__.split(".")[:2]) >= (1, 3):
        value = np.round(value * tree.weighted_n_node_samples[:, None])  # shares since 1.3
    return value


def by_class(columns, model):
    """A column for class 0 and one for class 1, whichever of them there are."""
    both = np.zeros((len(columns), 2))
    both[:, model.classes_] = columns
    return both


def dump(folder, name, arrays, dtype):
    with open(os.path.join(folder, name), "wb") as f:
        for array in arrays:
            f.write(np.ascontiguousarray(array).astype(dtype).tobytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
