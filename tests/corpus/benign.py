"""Honest pickles of the standard library, numpy, scikit-learn, pandas, joblib: with content that looks odd."""

# ruff: noqa: E501  # a table: one technique stays on one line where it can

from __future__ import annotations

import argparse
import bz2
import collections
import datetime
import decimal
import fractions
import functools
import gzip
import io
import ipaddress
import lzma
import operator
import pathlib
import pickle
import random
import re
import types
import uuid
import zoneinfo
from collections.abc import Callable
from importlib import import_module

from tests.corpus.technique import table


def _plain() -> dict[str, object]:
    return {
        "containers": {"a": [1, 2.5, None, True], "b": (1, {2, 3}, frozenset({4})), "c": b"bytes", "d": bytearray(b"x")},
        "uuid": [uuid.UUID(int=5), uuid.uuid5(uuid.NAMESPACE_DNS, "example.org")],
        "zoneinfo": zoneinfo.ZoneInfo("Europe/Berlin"),
        "datetimes": [datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC), datetime.date(2026, 1, 1),
                      datetime.timedelta(1), datetime.timezone(datetime.timedelta(hours=2))],
        "regular-expression": re.compile(r"(?i)os\.system|eval\(", re.M),
        "paths": [pathlib.PurePosixPath("/usr/bin/python"), pathlib.PureWindowsPath("C:/x")],
        "numbers": [decimal.Decimal("1.5"), fractions.Fraction(1, 3), complex(1, 2), 10**40],
        "collections": [collections.OrderedDict(a=1), collections.defaultdict(list, a=[1]), collections.Counter("abca"),
                        collections.deque([1, 2], 5), collections.ChainMap({"a": 1})],
        "defaultdict-of-types": [collections.defaultdict(each) for each in (int, float, dict, set, str)],
        "operators": [operator.itemgetter(1), operator.itemgetter("a", "b"), operator.attrgetter("coef_"),
                      operator.methodcaller("lower")],
        "namespace": [argparse.Namespace(lr=0.1, command="train; rm -rf /"), types.SimpleNamespace(epochs=3)],
        "range-slice": [range(5), slice(1, 2)],
        "exceptions": [ValueError("x"), KeyError("k")],
        "network-addresses": [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_network("10.0.0.0/8")],
        "str-lower": str.lower,
        "classes": [int, str, dict, collections.OrderedDict],
        "random-state": random.Random(3),
        "strings-that-look-evil": ["os.system('rm -rf /')", "__import__('os')", "cos\nsystem\n", "eval(", "subprocess"],
        "partial-int": functools.partial(int, base=2),
        "builtins": [len, max, sum, abs],
    }  # fmt: skip


for _key in _plain():
    table("benign-pickle", "model.pkl", "", {_key: lambda key=_key: pickle.dumps(_plain()[key])})
for _protocol in range(6):
    table("benign-pickle", "model.pkl", "", {f"protocol-{_protocol}": lambda n=_protocol: pickle.dumps(
        {"weights": [[0.5] * 10] * 10, "name": "é\n\\u1234", "n": -(2**70)}, n)})  # fmt: skip
for _suffix, _press in {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}.items():
    table("benign-pickle", f"model.pkl.{_suffix}", "", {f"packed-{_suffix}": lambda press=_press: press(
        pickle.dumps({"weights": list(range(1000))}))})  # fmt: skip
table("benign-pickle", "model.pkl", "", {
    "two-in-a-row": lambda: pickle.dumps([1]) + pickle.dumps({"a": 2}),
    "many-strings": lambda: pickle.dumps({f"layer.{n}": "x" * 50 for n in range(3000)}),
})  # fmt: skip


def _joblib(make: Callable[[], object], **options: object) -> Callable[[], bytes]:
    def build() -> bytes:
        import joblib

        out = io.BytesIO()
        joblib.dump(make(), out, **options)
        return out.getvalue()

    return build


def _forest() -> object:
    from sklearn.datasets import load_iris
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(4, random_state=0).fit(*load_iris(return_X_y=True))


def _tfidf() -> object:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(preprocessor=str.lower, stop_words="english").fit(
        ["eval exec system", "import os"]
    )


def _pipeline() -> object:
    import numpy
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    steps = ColumnTransformer(
        [
            ("log", FunctionTransformer(numpy.log1p), [0]),
            ("clip", FunctionTransformer(functools.partial(numpy.clip, a_min=0, a_max=1)), [1]),
        ]
    )
    x = numpy.abs(numpy.random.default_rng(0).normal(size=(20, 2)))
    return make_pipeline(steps, StandardScaler(), LogisticRegression()).fit(x, numpy.arange(20) % 2)  # fmt: skip


def _search() -> object:
    import numpy
    from sklearn.model_selection import GridSearchCV
    from sklearn.svm import SVC

    x = numpy.random.default_rng(0).normal(size=(20, 2))
    return GridSearchCV(SVC(), {"C": [1, 2]}, cv=2, scoring="accuracy").fit(x, numpy.arange(20) % 2)


def _bayes() -> object:
    import numpy
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, WhiteKernel
    from sklearn.neighbors import KNeighborsClassifier

    x = numpy.random.default_rng(0).normal(size=(20, 2))
    return {"gp": GaussianProcessRegressor(RBF() + WhiteKernel()).fit(x, x[:, 0]),
            "knn": KNeighborsClassifier(3, algorithm="kd_tree").fit(x, numpy.arange(20) % 2)}  # fmt: skip


def _boosting() -> object:
    from sklearn.datasets import load_iris
    from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier

    x, y = load_iris(return_X_y=True)
    return [
        HistGradientBoostingClassifier(max_iter=3).fit(x, y),
        GradientBoostingClassifier(n_estimators=3).fit(x, y),
    ]


def _arrays() -> object:
    import numpy
    import scipy.sparse

    dates = numpy.array(["2026-01-01"], "M8[D]")
    return {"a": numpy.eye(3), "b": numpy.float32(1), "c": numpy.array(["x", None], object), "d": dates,
            "e": numpy.ma.masked_array([1, 2], [0, 1]), "f": scipy.sparse.random(5, 5, 0.5, "csr"),
            "g": numpy.random.default_rng(1), "h": numpy.random.RandomState(2), "i": numpy.dtype([("x", "f8")]),
            "j": numpy.rec.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f4")]), "k": numpy.log1p}  # fmt: skip


def _functions() -> object:
    import numpy
    from scipy.stats import norm

    return [functools.partial(numpy.clip, a_min=0, a_max=1), numpy.mean, numpy.linalg.norm, norm(0, 1)]


_ESTIMATORS = {"forest": _forest, "tfidf": _tfidf, "pipeline": _pipeline, "grid-search": _search, "bayes": _bayes,
               "boosting": _boosting, "arrays": _arrays, "functions": _functions}  # fmt: skip
for _key, _make in _ESTIMATORS.items():
    _needs = ("sklearn", "numpy", "scipy")
    table("benign-sklearn", "model.pkl", "", {_key: lambda make=_make: pickle.dumps(make())}, needs=_needs)
    table("benign-joblib", "model.joblib", "", {_key: _joblib(_make)}, needs=(*_needs, "joblib"))
for _key, _compress in {"zlib": ("zlib", 3), "gzip": ("gzip", 3), "bz2": ("bz2", 3), "xz": ("xz", 3),
                        "lzma": ("lzma", 3), "lz4": ("lz4", 3)}.items():  # fmt: skip
    table("benign-joblib", "model.joblib", "", {f"forest-{_key}": _joblib(_forest, compress=_compress)},
          needs=("sklearn", "joblib", "lz4"))  # fmt: skip


def _frames() -> dict[str, object]:
    import numpy
    import pandas as pd

    index = pd.date_range("2026-01-01", periods=3, tz="Europe/Berlin")
    frame = pd.DataFrame(
        {"a": [1, 2, 3], "b": list("xyz"), "c": index, "d": pd.Categorical(list("aab"))}, index=index
    )
    return {"frame": frame, "intervals": pd.cut(pd.Series([1, 2, 3]), 2), "periods": pd.period_range("2026", periods=2),
            "multi-index": pd.DataFrame({"a": [1]}, index=pd.MultiIndex.from_tuples([(1, "x")])),
            "nullable": pd.DataFrame({"a": pd.array([1, None], "Int64"), "b": pd.array(["x", None], "string")}),
            "offsets": [pd.Timedelta(1, "D"), pd.offsets.MonthEnd(), pd.Timestamp("2026-01-01", tz="UTC")],
            "sparse": pd.DataFrame({"a": pd.arrays.SparseArray(numpy.zeros(4))})}  # fmt: skip


for _key in ("frame", "intervals", "periods", "multi-index", "nullable", "offsets", "sparse"):
    table(
        "benign-pandas",
        "frame.pkl",
        "",
        {_key: lambda key=_key: pickle.dumps(_frames()[key])},
        needs=("pandas",),
    )


def numpy() -> types.ModuleType:
    """The library, imported when a builder runs."""
    return import_module("numpy")


def _saved(save: str, *args: object, **kwargs: object) -> bytes:
    out = io.BytesIO()
    getattr(numpy(), save)(out, *args, **kwargs)
    return out.getvalue()


table("benign-numpy", "weights.npy", "", {
    "floats": lambda: _saved("save", numpy().ones((4, 5))),
    "structured": lambda: _saved("save", numpy().zeros(3, [("a", "f8"), ("b", "U5", (2,))])),
    "fortran": lambda: _saved("save", numpy().asfortranarray(numpy().ones((4, 5)))),
    "strings": lambda: _saved("save", numpy().array(["os.system", "b"])),
    "empty": lambda: _saved("save", numpy().zeros((0, 3))),
    "plain-objects": lambda: _saved("save", numpy().array([{"a": 1}, None], object), allow_pickle=True),
}, needs=("numpy",))  # fmt: skip
table("benign-numpy", "weights.npz", "", {
    "npz": lambda: _saved("savez", a=[1], b=[2.0]),
    "npz-compressed": lambda: _saved("savez_compressed", a=[1] * 1000, b=["x"]),
}, needs=("numpy",))  # fmt: skip
