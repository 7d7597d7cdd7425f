"""pandas: frames, series and indexes of every dtype."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pandas as pd

from . import Specimen, attempt

BOTH = ("pickle", "joblib")


def specimens() -> Iterator[Specimen]:
    """What users of pandas save with to_pickle, pickle and joblib."""
    yield from _series()
    yield from _frames()
    yield from _indexes()
    yield from _scalars()


def _series() -> Iterator[Specimen]:
    stamps = pd.date_range("2020-01-01", periods=3)
    kinds = {
        "int": lambda: [1, 2, 3], "float": lambda: [1.0, None, 3.0], "bool": lambda: [True, False, True],
        "object": lambda: pd.Series(["a", None, 3], dtype=object), "str": lambda: ["a", "b", None],
        "string": lambda: pd.array(["a", None, "c"], dtype="string"), "datetime": lambda: stamps,
        "string_python": lambda: pd.array(["a", None], dtype="string[python]"),
        "string_arrow": lambda: pd.array(["a", None], dtype="string[pyarrow]"),
        "tz": lambda: stamps.tz_localize("Europe/Berlin"), "utc": lambda: stamps.tz_localize("UTC"),
        "tz_fixed": lambda: stamps.tz_localize(dt.timezone(dt.timedelta(hours=2))),
        "timedelta": lambda: stamps - stamps[0], "period": lambda: stamps.to_period("M"),
        "interval": lambda: pd.interval_range(0, 3), "category": lambda: pd.Categorical(["a", "b", "a"]),
        "ordered": lambda: pd.Categorical(["a", "b"], categories=["b", "a"], ordered=True),
        "cut": lambda: pd.cut([1, 2, 3], 2), "sparse": lambda: pd.arrays.SparseArray([0, 0, 1]),
        "sparse_int": lambda: pd.arrays.SparseArray([0, 0, 1], kind="block"),
        "arrow_int": lambda: pd.array([1, None], dtype="int64[pyarrow]"),
        "arrow_list": lambda: _arrow_list(), "boolean": lambda: pd.array([True, None], dtype="boolean"),
        "complex": lambda: [1j, 2j], "mixed": lambda: [dt.date(2020, 1, 1), dt.time(1), {"a": 1}],
    }  # fmt: skip
    for bits in (
        "Int8",
        "Int16",
        "Int32",
        "Int64",
        "UInt8",
        "UInt16",
        "UInt32",
        "UInt64",
        "Float32",
        "Float64",
    ):
        kinds[bits] = lambda b=bits: pd.array([1, None, 3], dtype=b)
    for name, make in kinds.items():
        yield from attempt(f"series_{name}", lambda m=make: pd.Series(m(), name="x"), *BOTH)
        yield from attempt(f"frame_{name}", lambda m=make: pd.DataFrame({"x": m(), "y": 1}), *BOTH)
        yield from attempt(f"index_{name}", lambda m=make: pd.Index(m(), name="i"), *BOTH)
        yield from attempt(f"dtype_{name}", lambda m=make: pd.Series(m()).dtype)


def _arrow_list() -> object:
    import pyarrow as pa

    return pd.array([[1], [2, 3]], dtype=pd.ArrowDtype(pa.list_(pa.int64())))


def _frames() -> Iterator[Specimen]:
    wide = pd.DataFrame(
        {"i": [1, 2], "f": [0.5, 1.5], "s": ["a", "b"], "t": pd.date_range("2020", periods=2)}
    )
    yield from attempt("frame_wide", lambda: wide, *BOTH)
    yield from attempt("frame_empty", lambda: pd.DataFrame(), *BOTH)
    yield from attempt("frame_multi", lambda: wide.set_index(["i", "s"]), *BOTH)
    yield from attempt("frame_columns", lambda: pd.concat([wide, wide], axis=1, keys=["l", "r"]), *BOTH)
    yield from attempt("frame_attrs", lambda: _with_attrs(wide.copy()), *BOTH)
    yield from attempt("frame_describe", lambda: wide.describe(), *BOTH)
    yield from attempt("frame_of_frames", lambda: {"train": wide, "list": [wide["f"], wide.index]}, *BOTH)
    yield from attempt(
        "frame_float32", lambda: pd.DataFrame(np.ones((40, 6), dtype="f4")), "joblib-zlib", *BOTH
    )
    yield from attempt("groupby", lambda: wide.groupby("s"))
    yield from attempt("rolling", lambda: wide[["f"]].rolling(2))
    yield from attempt("flags", lambda: wide.set_flags(allows_duplicate_labels=True))


def _with_attrs(frame: pd.DataFrame) -> pd.DataFrame:
    frame.attrs["source"] = "made"
    return frame


def _indexes() -> Iterator[Specimen]:
    yield from attempt("index_range", lambda: pd.RangeIndex(5), *BOTH)
    yield from attempt("index_freq", lambda: pd.date_range("2020", periods=4, freq="ME", tz="UTC"), *BOTH)
    yield from attempt("index_freq_old", lambda: pd.date_range("2020", periods=4, freq="M"), *BOTH)
    yield from attempt(
        "index_multi", lambda: pd.MultiIndex.from_product([["a"], [1, 2]], names=["x", "y"]), *BOTH
    )
    yield from attempt("index_period", lambda: pd.period_range("2020", periods=3, freq="Q"), *BOTH)
    yield from attempt("index_timedelta", lambda: pd.timedelta_range("1h", periods=3), *BOTH)


def _scalars() -> Iterator[Specimen]:
    yield from attempt("scalar_stamp", lambda: [pd.Timestamp("2020-01-01"), pd.Timestamp("2020", tz="UTC")])
    yield from attempt("scalar_zone", lambda: pd.Timestamp("2020", tz="America/New_York"))
    yield from attempt("scalar_delta", lambda: [pd.Timedelta("1h"), pd.Timedelta("1ns")])
    yield from attempt("scalar_nat", lambda: [pd.NaT, pd.NA, None, np.nan])
    yield from attempt("scalar_period", lambda: [pd.Period("2020-01", "M"), pd.Period("2020", "Y")])
    yield from attempt("scalar_interval", lambda: pd.Interval(0, 1, closed="left"))
    yield from attempt("functions", lambda: [pd.to_datetime, pd.to_numeric, pd.isna, pd.Series, pd.DataFrame])
    for name in sorted(n for n in dir(pd.offsets) if n[0].isupper()):
        yield from attempt(f"offset_{name}", lambda n=name: getattr(pd.offsets, n)())
