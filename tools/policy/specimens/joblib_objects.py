"""joblib, dill and cloudpickle: savers with reconstructors of their own."""

# ruff: noqa: E501  # tables, which read better wide
from __future__ import annotations

import collections
import datetime as dt
import decimal
import fractions
import functools
import itertools
import operator
import pathlib
import types
import uuid
from collections.abc import Iterator

import joblib
import numpy as np

from . import Specimen, attempt

ALL = ("pickle", "joblib", "joblib-zlib", "joblib-lz4", "joblib-gzip", "joblib-bz2", "joblib-lzma", "joblib-xz",
       "dill", "cloudpickle")  # fmt: skip


# dill and cloudpickle write some built-in objects as text to evaluate; those are refused for good reason.
PLAIN = ALL[:-2]


def specimens() -> Iterator[Specimen]:
    """Plain containers by every saver, and joblib's own objects."""
    yield from attempt(
        "plain", lambda: {"a": [1, 2.5, "x", b"y", None, True], "t": (1, {2}, frozenset({3}))}, *ALL
    )
    yield from attempt(
        "arrays", lambda: {"a": np.ones((30, 3)), "b": np.array(["x", None], dtype=object)}, *ALL
    )
    yield from attempt("collections", lambda: [collections.OrderedDict(a=1), collections.Counter("aab"),
                                               collections.deque([1, 2], 5), collections.defaultdict(list, a=[1]),
                                               collections.ChainMap({"a": 1})], *ALL)  # fmt: skip
    yield from attempt("dates", lambda: [dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.date(2020, 1, 1), dt.time(1),
                                         dt.timedelta(1)], *ALL)  # fmt: skip
    yield from attempt(
        "numbers", lambda: [decimal.Decimal("1.5"), fractions.Fraction(1, 3), 1j, 2**200], *PLAIN
    )
    yield from attempt("others", lambda: [uuid.UUID(int=5), pathlib.PurePosixPath("a/b"), range(3), slice(1, 2),
                                          types.SimpleNamespace(a=1), bytearray(b"x")], *PLAIN)  # fmt: skip
    yield from attempt("callables", lambda: [functools.partial(np.clip, a_min=0), operator.itemgetter(1), len, str,
                                             operator.attrgetter("shape"), str.lower, itertools.count(2)], *PLAIN)  # fmt: skip
    yield from attempt(
        "types", lambda: [int, str, dict, list, float, bool, bytes, set, type(None), object], *ALL
    )
    yield from attempt("memory", lambda: joblib.Memory(None), "pickle")
    yield from attempt("hash", lambda: joblib.hash([1, 2]), "pickle")
