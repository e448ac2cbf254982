"""What the credit report says of a forest, by scipy, scikit-learn, numpy and pandas: reads a case from stdin, writes JSON"""
import json
import sys
import warnings

import numpy as np
import pandas as pd
from scipy import stats
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.ensemble import RandomForestClassifier
from sklearn.inspection import partial_dependence, permutation_importance

warnings.filterwarnings("ignore")
case = json.load(sys.stdin)
seed, names = case["random_state"], case["features"]
x_train, y_train = np.array(case["train"]).T, np.array(case["train_labels"])
x, y = np.array(case["test"]).T, np.array(case["test_labels"])
n = len(y)

forest = RandomForestClassifier(case["n_estimators"], max_depth=case["max_depth"], random_state=seed)
forest.fit(x_train, y_train)
p = forest.predict_proba(x)[:, 1]
predictions = forest.predict(x)


def decisions(y, predictions):
    return {
        "accuracy": metrics.accuracy_score(y, predictions),
        "precision": metrics.precision_score(y, predictions, zero_division=0),
        "recall": metrics.recall_score(y, predictions, zero_division=0),
        "f1": metrics.f1_score(y, predictions, zero_division=0),
    }


def scores(y, predictions, p):
    return {
        **decisions(y, predictions),
        "roc_auc": metrics.roc_auc_score(y, p),
        "ks": stats.ks_2samp(p[y == 1], p[y == 0]).statistic,
        "log_loss": metrics.log_loss(y, p),
        "brier_score": metrics.brier_score_loss(y, p),
    }


def ranking():
    fpr, tpr, thresholds = metrics.roc_curve(y, p, drop_intermediate=False)
    deciles, order = [], np.argsort(-p, kind="stable")
    # rows of one probability count with their mean label, so that their order is of no meaning
    smooth = pd.Series(y).groupby(p).transform("mean").to_numpy()[order]
    ends = [k * n // 10 for k in range(11)]
    for k in range(10):
        defaults = smooth[ends[k] : ends[k + 1]].sum()
        rate = defaults / (ends[k + 1] - ends[k])
        deciles.append(
            {
                "decile": k + 1,
                "rows": ends[k + 1] - ends[k],
                "lowest_probability": p[order][ends[k + 1] - 1],
                "defaults": defaults,
                "default_rate": rate,
                "lift": rate / y.mean(),
                "cumulative_gain": smooth[: ends[k + 1]].sum() / y.sum(),
            }
        )
    # what differs by a rounding only is as large
    distances = np.round(np.abs(tpr - fpr), 12)
    return {
        "ks": stats.ks_2samp(p[y == 1], p[y == 0]).statistic,
        "ks_probability": thresholds[np.argmax(distances)],
        "gini": 2 * metrics.roc_auc_score(y, p) - 1,
        "deciles": deciles,
    }


def calibration():
    edges = np.linspace(0, 1, 11)
    numbers = np.searchsorted(edges[1:-1], p)
    rates, means = calibration_curve(y, p, n_bins=10)
    bins = []
    for number, rate, mean in zip(np.unique(numbers), rates, means):
        inside = y[numbers == number]
        interval = stats.binomtest(int(inside.sum()), len(inside)).proportion_ci(method="wilson")
        bins.append(
            {
                "from": number / 10,
                "to": (number + 1) / 10,
                "rows": len(inside),
                "mean_probability": mean,
                "default_rate": rate,
                "low": interval.low,
                "high": interval.high,
                "agrees": bool(interval.low <= mean <= interval.high),
                "remark": {0: "no default", 1: "defaults only"}.get(rate, ""),
            }
        )
    errors = np.abs(rates - means)
    weights = [one["rows"] / n for one in bins]
    return {"expected_error": np.dot(errors, weights), "largest_error": errors.max(), "bins": bins}


def cut_off(at, shown):
    approved = p <= at
    bad, refused = y[approved].sum(), (y[~approved] == 0).sum()
    return {
        "cut_off": shown,
        "approved": approved.sum(),
        "approval_rate": approved.mean(),
        "bad_rate": y[approved].mean() if approved.any() else None,
        "approved_defaults": bad,
        "refused_repaid": refused,
        "cost_per_loan": (bad * case["costs"]["false_negative"] + refused * case["costs"]["false_positive"]) / n,
    }


def cut_offs():
    known = np.unique(p)[::-1]
    candidates = [cut_off(1, 1)] + [cut_off(t, t) for t in known[1:]] + [cut_off(-1, None)]
    return {
        "costs": case["costs"],
        "table": [cut_off(k / 20, k / 20) for k in range(1, 20)],
        "cheapest": min(candidates, key=lambda one: one["cost_per_loan"]),
    }


def groups():
    edges = case["groups"]["age"]
    labels = [f"under {edges[0]}", *(f"{a} to under {b}" for a, b in zip(edges, edges[1:])), f"{edges[-1]} and over"]
    bands = pd.cut(x[:, names.index("age")], [-np.inf, *edges, np.inf], right=False, labels=labels)
    approved = pd.Series(1 - predictions).groupby(bands, observed=False).agg(["mean", "size"])
    large = approved[approved["size"] >= 30]["mean"]
    found = []
    for label in labels:
        inside = bands == label
        if not inside.any():
            continue
        comparable = inside.sum() >= 30 and len(large) >= 2
        ratio = approved["mean"][label] / large.max() if comparable else None
        found.append(
            {
                "group": label,
                "rows": inside.sum(),
                "defaults": y[inside].sum(),
                "mean_probability": p[inside].mean(),
                "approval_rate": approved["mean"][label],
                "approval_ratio": ratio,
                "reaches_four_fifths": None if ratio is None else bool(ratio >= 0.8),
                **decisions(y[inside], predictions[inside]),
                "roc_auc": metrics.roc_auc_score(y[inside], p[inside]) if len(set(y[inside])) == 2 else None,
            }
        )
    without = [label for label in labels if not (bands == label).any()]
    return [{"column": "age", "groups": found, "without_rows": without}]


def features(rows):
    sample, labels = x[:rows], y[:rows]
    importance = permutation_importance(forest, sample, labels, scoring="roc_auc", n_repeats=5, random_state=seed)
    found = []
    for f, name in enumerate(names):
        dependence = partial_dependence(
            forest, sample, [f], grid_resolution=20, method="brute", response_method="predict_proba", kind="average"
        )
        grid = (dependence["grid_values"] if "grid_values" in dependence else dependence["values"])[0]
        points = zip(grid, dependence["average"][0])
        found.append(
            {
                "name": name,
                "type": case["types"][f],
                "impurity_share": forest.feature_importances_[f],
                "permutation": {"mean": importance.importances_mean[f], "deviation": importance.importances_std[f]},
                "dependence": [{"value": value, "mean_probability": mean} for value, mean in points],
            }
        )
    return found


def bootstrap():
    order = np.lexsort((predictions, y, -p))
    sorted_rows = [values[order] for values in (y, predictions, p)]
    random, resamples = np.random.RandomState(seed), []
    for _ in range(500):
        drawn = random.randint(0, n, n)
        if len(set(sorted_rows[0][drawn])) == 2:
            resamples.append(scores(*(values[drawn] for values in sorted_rows)))
    limits = {name: np.percentile([one[name] for one in resamples], [2.5, 97.5]) for name in resamples[0]}
    return {
        "resamples": 500,
        "rows": n,
        "skipped": 500 - len(resamples),
        "intervals": {name: {"low": low, "high": high} for name, (low, high) in limits.items()},
    }


edges = np.arange(101) / 100
found = {
    "scores": {**{k: {"value": v} for k, v in scores(y, predictions, p).items()}, "gini": {"value": ranking()["gini"]}},
    "score_distribution": {
        "repaid": np.histogram(p[y == 0], edges)[0].tolist(),
        "defaulted": np.histogram(p[y == 1], edges)[0].tolist(),
    },
    "ranking": ranking(),
    "calibration": calibration(),
    "cut_offs": cut_offs(),
    "groups": groups(),
    "features": features(case["sample_rows"]),
    "bootstrap": bootstrap(),
}
json.dump(found, sys.stdout, default=lambda value: value.item())
