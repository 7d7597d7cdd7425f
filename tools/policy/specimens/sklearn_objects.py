"""scikit-learn: every estimator fitted, and the compositions that people save."""

# ruff: noqa: E501  # tables, which read better wide
from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import sklearn
from sklearn import pipeline, preprocessing, svm
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils import all_estimators

from . import Specimen, attempt

BOTH = ("pickle", "joblib")
STATE = np.random.RandomState(0)
X = np.abs(STATE.rand(40, 4)) + 0.1
CLASSES = np.arange(40) % 3
NUMBERS = X @ [1.0, 2.0, 3.0, 4.0]
LABELS = (STATE.rand(40, 3) > 0.5).astype(int)
TEXTS = ["a cat sat", "a dog ran far", "the bird flew", "no dog sat"] * 10
SETS: tuple[tuple[Any, ...], ...] = (
    (X, CLASSES), (X, NUMBERS), (X, CLASSES % 2), (X, LABELS), (X, np.c_[NUMBERS, X]), (X[:, 0], NUMBERS),
    (TEXTS,), (CLASSES,), ([{"a": 1, "b": "x"}] * 4,), (LABELS,), ([("a", "b"), ("c",)],),
    (STATE.rand(4, 8, 8),), (X[:, :2] > 0.5, CLASSES), ([[("a", 1)], [("b", 2)]],),
    (X, CLASSES - 1), (X @ X.T,), (STATE.rand(20, 2000),),
)  # fmt: skip
INNER: dict[str, Any] = {
    "estimator": LogisticRegression(), "base_estimator": LogisticRegression(), "transformers": None,
    "estimators": [("a", LogisticRegression()), ("b", LogisticRegression())],
}  # fmt: skip


def specimens() -> Iterator[Specimen]:
    """Every estimator, its kernels, losses, scorers and splitters, and common pipelines."""
    sklearn.set_config(enable_metadata_routing=False)
    for name, kind in all_estimators():
        yield from attempt(name, lambda k=kind: fitted(k), *BOTH)
    yield from attempt("functions", _functions)
    yield from _compositions()
    yield from _parts()
    yield from _variants()


def fitted(kind: type[Any]) -> Any:
    """An instance of the estimator class, fitted on the first set of examples that it takes."""
    last: Exception = TypeError("no arguments fit")
    for made in _instances(kind):
        for example in SETS:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    return made.fit(*example)
            except Exception as error:
                last = error
        if not hasattr(made, "fit"):
            return made
    raise last


def _instances(kind: type[Any]) -> Iterator[Any]:
    for inner in (LogisticRegression().fit(X, CLASSES), Ridge(), svm.LinearSVC()):
        table = dict(INNER, estimator=inner, estimators=[("a", inner), ("b", sklearn.base.clone(inner))])
        table["transformers"] = [("s", preprocessing.StandardScaler(), [0, 1])]
        table["steps"] = [("s", preprocessing.StandardScaler()), ("m", inner)]
        table["transformer_list"] = [("s", preprocessing.StandardScaler())]
        table["param_grid"] = {"C" if hasattr(inner, "C") else "alpha": [0.1, 1.0]}
        table["param_distributions"] = table["param_grid"]
        table["dictionary"] = X[:3]
        takes = _required(kind)
        try:
            yield kind(**{name: table[name] for name in takes if name in table})
        except Exception as error:
            warnings.warn(str(error), stacklevel=1)


def _required(kind: type[Any]) -> list[str]:
    import inspect

    found = inspect.signature(kind.__init__).parameters.values()
    return [p.name for p in found if p.default is p.empty and p.name in {
        "estimator", "base_estimator", "transformers", "estimators", "steps", "transformer_list",
        "param_grid", "param_distributions", "dictionary"}]  # fmt: skip


def _functions() -> object:
    from sklearn import metrics

    return [metrics.accuracy_score, metrics.f1_score, metrics.mean_squared_error, metrics.r2_score]


def _compositions() -> Iterator[Specimen]:
    from sklearn import (
        compose,
        decomposition,
        ensemble,
        feature_extraction,
        feature_selection,
        model_selection,
    )

    scale, model = preprocessing.StandardScaler, LogisticRegression
    pairs: dict[str, Any] = {
        "text": lambda: pipeline.make_pipeline(feature_extraction.text.TfidfVectorizer(), model()).fit(
            TEXTS, CLASSES),
        "count": lambda: feature_extraction.text.CountVectorizer(stop_words="english", ngram_range=(1, 2),
                                                                 preprocessor=str.lower, tokenizer=str.split,
                                                                 token_pattern=None).fit(TEXTS),
        "pca": lambda: pipeline.make_pipeline(scale(), decomposition.PCA(2), model()).fit(X, CLASSES),
        "log": lambda: pipeline.make_pipeline(preprocessing.FunctionTransformer(np.log1p), model()).fit(X, CLASSES),
        "memory": lambda: pipeline.Pipeline([("s", scale()), ("m", model())], memory=None).fit(X, CLASSES),
        "columns": _columns,
        "target": lambda: compose.TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1).fit(
            X, NUMBERS),
        "grid": lambda: model_selection.GridSearchCV(model(), {"C": [0.1, 1]}, cv=3).fit(X, CLASSES),
        "random": _random_search,
        "stack": lambda: ensemble.StackingClassifier([("a", model()), ("b", ensemble.RandomForestClassifier(3))],
                                                     cv=2).fit(X, CLASSES),
        "select": lambda: pipeline.make_pipeline(feature_selection.SelectKBest(feature_selection.chi2, k=2),
                                                 model()).fit(X, CLASSES),
        "output": lambda: scale().set_output(transform="pandas").fit(X),
        "several": lambda: {"model": model().fit(X, CLASSES), "classes": CLASSES, "columns": list("abcd")},
    }  # fmt: skip
    for name, make in pairs.items():
        yield from attempt(f"composed_{name}", make, *BOTH, "joblib-zlib")


def _columns() -> object:
    import pandas as pd
    from sklearn.compose import ColumnTransformer, make_column_selector

    frame = pd.DataFrame({"n": NUMBERS, "c": pd.Categorical(np.array(list("abc"))[CLASSES]), "t": TEXTS})
    parts = [
        ("n", preprocessing.StandardScaler(), make_column_selector(dtype_include=np.number)),
        ("c", preprocessing.OneHotEncoder(handle_unknown="ignore"), ["c"]),
        ("d", "drop", ["t"]),
    ]
    return pipeline.make_pipeline(ColumnTransformer(parts), LogisticRegression()).fit(frame, CLASSES)


def _random_search() -> object:
    from scipy import stats
    from sklearn.model_selection import RandomizedSearchCV, StratifiedKFold

    cv = StratifiedKFold(3, shuffle=True, random_state=0)
    space = {"C": stats.loguniform(0.1, 10), "solver": ["lbfgs"]}
    return RandomizedSearchCV(LogisticRegression(), space, n_iter=3, cv=cv, random_state=0).fit(X, CLASSES)


def _parts() -> Iterator[Specimen]:
    from sklearn import gaussian_process, metrics, model_selection, neighbors

    kernels = gaussian_process.kernels
    for name in ("RBF", "Matern", "RationalQuadratic", "ExpSineSquared", "DotProduct", "WhiteKernel",
                 "ConstantKernel", "PairwiseKernel"):  # fmt: skip
        yield from attempt(f"kernel_{name}", lambda n=name: getattr(kernels, n)() + 2 * kernels.RBF() ** 2)
    yield from attempt("kernel_compound", lambda: kernels.CompoundKernel([kernels.RBF()]))
    for name in metrics.get_scorer_names():
        yield from attempt(f"scorer_{name}", lambda n=name: metrics.get_scorer(n))
    for name in ("KDTree", "BallTree", "KDTree32", "BallTree32"):
        yield from attempt(f"tree_{name}", lambda n=name: _tree(n), *BOTH)
    for name in ("euclidean", "manhattan", "minkowski", "haversine", "hamming", "jaccard", "chebyshev"):
        yield from attempt(f"distance_{name}", lambda n=name: metrics.DistanceMetric.get_metric(n))
    for name in model_selection.__all__:
        kind = None if "Halving" in name else getattr(model_selection, name)
        if isinstance(kind, type) and "Search" not in name and not issubclass(kind, BaseEstimator):
            yield from attempt(f"splitter_{name}", lambda k=kind: _splitter(k))
    yield from attempt("bunch", lambda: sklearn.datasets.load_iris())
    yield from attempt("neighbors", lambda: neighbors.NearestNeighbors(metric="cosine").fit(X))


def _tree(name: str) -> object:
    from sklearn.neighbors import _ball_tree, _kd_tree

    return getattr(_kd_tree if name.startswith("KD") else _ball_tree, name)(X)


def _splitter(kind: type[Any]) -> object:
    try:
        return kind()
    except TypeError:
        return kind(2)


def _variants() -> Iterator[Specimen]:
    from sklearn import cluster, ensemble, linear_model, neighbors, neural_network, tree

    boosts = (ensemble.HistGradientBoostingClassifier, ensemble.HistGradientBoostingRegressor,
              ensemble.GradientBoostingClassifier, ensemble.GradientBoostingRegressor)  # fmt: skip
    losses = {
        "squared_error",
        "absolute_error",
        "poisson",
        "quantile",
        "gamma",
        "huber",
        "log_loss",
        "exponential",
    }
    for kind in boosts:
        for loss in sorted(losses):
            more = {"quantile": 0.5} if loss == "quantile" and "Hist" in kind.__name__ else {}
            yield from attempt(f"loss_{kind.__name__}_{loss}", lambda k=kind, s=loss, m=more: k(
                loss=s, max_iter=3, **m).fit(X, NUMBERS if "Regressor" in k.__name__ else CLASSES % 2
                ) if "Hist" in k.__name__ else k(loss=s, n_estimators=3).fit(
                X, NUMBERS if "Regressor" in k.__name__ else CLASSES % 2))  # fmt: skip
    sgd = {"hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron", "squared_error", "huber",
           "epsilon_insensitive", "squared_epsilon_insensitive"}  # fmt: skip
    for loss in sorted(sgd):
        yield from attempt(f"sgd_{loss}", lambda s=loss: linear_model.SGDClassifier(loss=s).fit(X, CLASSES))
    for criterion in ("gini", "entropy", "log_loss"):
        yield from attempt(f"tree_{criterion}", lambda c=criterion: tree.DecisionTreeClassifier(
            criterion=c).fit(X, CLASSES), *BOTH)  # fmt: skip
    yield from attempt("forest_state", lambda: ensemble.RandomForestClassifier(
        3, random_state=np.random.RandomState(1)).fit(X, CLASSES), *BOTH)  # fmt: skip
    yield from attempt("mlp_adam", lambda: neural_network.MLPClassifier(max_iter=5).fit(X, CLASSES))
    yield from attempt(
        "mlp_sgd", lambda: neural_network.MLPRegressor(solver="sgd", max_iter=5).fit(X, NUMBERS)
    )
    for how in ("ball_tree", "kd_tree", "brute"):
        yield from attempt(
            f"knn_{how}", lambda h=how: neighbors.KNeighborsClassifier(algorithm=h).fit(X, CLASSES)
        )
    for metric in ("minkowski", "manhattan", "chebyshev", "haversine", "seuclidean", "mahalanobis"):
        yield from attempt(f"knn_{metric}", lambda m=metric: neighbors.KNeighborsClassifier(
            metric=m, algorithm="ball_tree", metric_params=_metric(m)).fit(X[:, :2], CLASSES))  # fmt: skip
    yield from attempt("birch", lambda: cluster.Birch(n_clusters=2).fit(X), *BOTH)
    yield from attempt("glm", lambda: [linear_model.GammaRegressor().fit(X, NUMBERS),
                                       linear_model.TweedieRegressor(power=1.5).fit(X, NUMBERS)])  # fmt: skip


def _metric(name: str) -> object:
    if name == "seuclidean":
        return {"V": np.ones(2)}
    return {"VI": np.eye(2)} if name == "mahalanobis" else None
