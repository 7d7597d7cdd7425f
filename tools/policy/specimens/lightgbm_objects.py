"""lightgbm: wrappers and boosters."""

from __future__ import annotations

from collections.abc import Iterator

import lightgbm as lgb

from . import Specimen, attempt
from .boost_examples import CLASSES, GROUPS, NUMBERS, RANKS, THREE, X

BOTH = ("pickle", "joblib")
FEW = {"n_estimators": 3, "n_jobs": 1, "verbose": -1}


def specimens() -> Iterator[Specimen]:
    """What users of lightgbm save."""
    yield from attempt("classifier", lambda: lgb.LGBMClassifier(**FEW).fit(X, CLASSES), *BOTH)
    yield from attempt("three", lambda: lgb.LGBMClassifier(**FEW).fit(X, THREE), *BOTH)
    yield from attempt("regressor", lambda: lgb.LGBMRegressor(**FEW).fit(X, NUMBERS), *BOTH)
    yield from attempt("ranker", lambda: lgb.LGBMRanker(**FEW).fit(X, RANKS, group=GROUPS), *BOTH)
    yield from attempt("unfitted", lambda: lgb.LGBMClassifier(), *BOTH)
    yield from attempt(
        "eval", lambda: lgb.LGBMClassifier(**FEW).fit(X, CLASSES, eval_set=[(X, CLASSES)]), *BOTH
    )
    yield from attempt("booster", lambda: lgb.train({"verbose": -1}, lgb.Dataset(X, NUMBERS), 3), *BOTH)
    yield from attempt("cv", lambda: lgb.cv({"verbose": -1}, lgb.Dataset(X, CLASSES), 3, nfold=2), *BOTH)
    yield from attempt("cv_booster", lambda: lgb.cv({"verbose": -1}, lgb.Dataset(X, CLASSES), 3, nfold=2,
                                                    return_cvbooster=True), *BOTH)  # fmt: skip
    yield from attempt("callbacks", lambda: [lgb.early_stopping(3), lgb.log_evaluation(2)])
