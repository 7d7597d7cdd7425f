"""catboost: models and pools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import catboost as cb

from . import Specimen, attempt
from .boost_examples import CLASSES, GROUPS, NUMBERS, RANKS, THREE, X

BOTH = ("pickle", "joblib")
FEW: dict[str, Any] = {
    "iterations": 3,
    "depth": 2,
    "verbose": False,
    "allow_writing_files": False,
    "thread_count": 1,
}


def specimens() -> Iterator[Specimen]:
    """What users of catboost save."""
    yield from attempt("classifier", lambda: cb.CatBoostClassifier(**FEW).fit(X, CLASSES), *BOTH)
    yield from attempt("three", lambda: cb.CatBoostClassifier(**FEW).fit(X, THREE), *BOTH)
    yield from attempt("regressor", lambda: cb.CatBoostRegressor(**FEW).fit(X, NUMBERS), *BOTH)
    yield from attempt("plain", lambda: cb.CatBoost(FEW).fit(X, NUMBERS), *BOTH)
    yield from attempt(
        "ranker",
        lambda: cb.CatBoostRanker(**FEW).fit(X, RANKS, group_id=[0] * GROUPS[0] + [1] * GROUPS[1]),
        *BOTH,
    )
    yield from attempt("unfitted", lambda: cb.CatBoostClassifier(), *BOTH)
    yield from attempt("features", lambda: [cb.FeaturesData(num_feature_data=X.astype("f4"))], *BOTH)
