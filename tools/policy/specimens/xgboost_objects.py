"""xgboost: wrappers and boosters."""

# ruff: noqa: E501  # tables, which read better wide
from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xgboost as xgb

from . import Specimen, attempt
from .boost_examples import CLASSES, GROUPS, NUMBERS, RANKS, THREE, X

BOTH = ("pickle", "joblib")
FEW = {"n_estimators": 3, "max_depth": 2, "n_jobs": 1}


def specimens() -> Iterator[Specimen]:
    """What users of xgboost save."""
    yield from attempt("classifier", lambda: xgb.XGBClassifier(**FEW).fit(X, CLASSES), *BOTH)
    yield from attempt("three", lambda: xgb.XGBClassifier(**FEW).fit(X, THREE), *BOTH)
    yield from attempt("regressor", lambda: xgb.XGBRegressor(**FEW).fit(X, NUMBERS), *BOTH)
    yield from attempt("ranker", lambda: xgb.XGBRanker(**FEW).fit(X, RANKS, group=GROUPS), *BOTH)
    yield from attempt("forest", lambda: xgb.XGBRFClassifier(**FEW).fit(X, CLASSES), *BOTH)
    yield from attempt("forest_regressor", lambda: xgb.XGBRFRegressor(**FEW).fit(X, NUMBERS), *BOTH)
    yield from attempt("unfitted", lambda: xgb.XGBClassifier(), *BOTH)
    yield from attempt("linear", lambda: xgb.XGBRegressor(booster="gblinear", **FEW).fit(X, NUMBERS), *BOTH)
    yield from attempt("dart", lambda: xgb.XGBRegressor(booster="dart", **FEW).fit(X, NUMBERS), *BOTH)
    yield from attempt("eval", lambda: xgb.XGBClassifier(early_stopping_rounds=2, **FEW).fit(
        X, CLASSES, eval_set=[(X, CLASSES)], verbose=False), *BOTH)  # fmt: skip
    yield from attempt("callbacks", lambda: xgb.XGBClassifier(
        callbacks=[xgb.callback.EarlyStopping(2), xgb.callback.LearningRateScheduler([0.1] * 3)], **FEW), *BOTH)  # fmt: skip
    matrix = xgb.DMatrix(X, NUMBERS, feature_names=list("abcd"))
    yield from attempt("booster", lambda: xgb.train({"max_depth": 2}, matrix, 3), *BOTH)
    yield from attempt(
        "bundle", lambda: {"model": xgb.train({"max_depth": 2}, matrix, 3), "at": np.float32(0.5)}, *BOTH
    )
    yield from attempt("multi", lambda: xgb.XGBRegressor(**FEW).fit(X, np.c_[NUMBERS, NUMBERS]), *BOTH)
