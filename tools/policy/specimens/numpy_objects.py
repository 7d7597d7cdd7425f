"""numpy: arrays and scalars of every dtype, random generators, and what else holds arrays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from . import Specimen, attempt

KINDS = "?bhilqBHILQefdgFDG"


def specimens() -> Iterator[Specimen]:
    """Arrays, scalars, dtypes, generators, ufuncs and functions used as values."""
    yield from _arrays()
    yield from _scalars()
    yield from _random()
    yield from _functions()
    yield from _polynomials()


def _arrays() -> Iterator[Specimen]:
    both = ("pickle", "joblib")
    for kind in KINDS:
        yield from attempt(f"array_{np.dtype(kind).name}", lambda k=kind: np.arange(6).astype(k), *both)
    yield from attempt("array_big", lambda: np.random.RandomState(0).rand(300, 40), *both, "joblib-zlib")
    yield from attempt("array_fortran", lambda: np.asfortranarray(np.ones((3, 4))), *both)
    yield from attempt("array_strided", lambda: np.ones((8, 4))[::2], *both)
    yield from attempt("array_bigendian", lambda: np.arange(4, dtype=">i4"), *both)
    yield from attempt("array_str", lambda: np.array(["a", "bc"]), *both)
    yield from attempt("array_bytes", lambda: np.array([b"a", b"bc"]), *both)
    yield from attempt("array_object", lambda: np.array(["a", None, 1, 2.5], dtype=object), *both)
    yield from attempt("array_datetime", lambda: np.array(["2020-01-01"], "M8[ns]"), *both)
    yield from attempt("array_timedelta", lambda: np.array([1, 2], "m8[D]"), *both)
    yield from attempt("array_struct", lambda: np.zeros(2, dtype=[("a", "f4"), ("b", "S3", (2,))]), *both)
    yield from attempt("array_rec", lambda: np.rec.array([(1, 2.0)], dtype=[("a", int), ("b", float)]), *both)
    yield from attempt("array_masked", lambda: np.ma.array([1.0, 2, 3], mask=[0, 1, 0]), *both)
    yield from attempt("array_masked_struct", lambda: np.ma.zeros(2, dtype=[("a", "f4")]), *both)
    yield from attempt("masked_constant", lambda: [np.ma.masked, np.ma.array([np.ma.masked, 1])])
    yield from attempt("array_matrix", lambda: np.matrix([[1, 2], [3, 4]]), *both)
    yield from attempt("array_zero", lambda: [np.array(3.0), np.empty((0, 3)), np.ones((1, 1, 1))], *both)
    yield from attempt("array_chararray", lambda: np.char.array(["a", "b"]), *both)
    yield from attempt("array_stringdtype", lambda: np.array(["a", "bé"], dtype=np.dtypes.StringDType()))
    yield from attempt("flags", lambda: {"a": np.ones(3), "same": [np.ones(2)] * 3})
    yield from attempt("array_void", lambda: np.array([b"abc"], dtype="V3"))


def _scalars() -> Iterator[Specimen]:
    yield from attempt("scalars", lambda: [np.dtype(kind).type(1) for kind in KINDS])
    yield from attempt("scalars_time", lambda: [np.datetime64("2020-01-01"), np.timedelta64(3, "h")])
    yield from attempt("scalars_text", lambda: [np.str_("a"), np.bytes_(b"a"), np.void(b"abc")])
    yield from attempt("scalar_record", lambda: np.rec.array([(1, 2.0)])[0])
    yield from attempt("dtypes", lambda: [np.dtype(kind) for kind in KINDS])
    yield from attempt("dtype_struct", lambda: np.dtype([("a", "f4"), ("b", "O")]))
    yield from attempt("dtype_classes", lambda: [type(np.dtype(kind)) for kind in KINDS])
    yield from attempt(
        "types", lambda: [np.dtype(k).type for k in KINDS] + [np.ndarray, np.dtype, np.generic]
    )
    yield from attempt("numbers_types", lambda: [np.floating, np.integer, np.number, np.inexact, np.bool_])


def _random() -> Iterator[Specimen]:
    yield from attempt("RandomState", lambda: np.random.RandomState(0))
    yield from attempt("default_rng", lambda: np.random.default_rng(0))
    yield from attempt("mtrand_module", lambda: np.random.mtrand._rand)
    for name in ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"):
        yield from attempt(f"Generator_{name}", lambda n=name: np.random.Generator(getattr(np.random, n)(1)))
        yield from attempt(f"bits_{name}", lambda n=name: getattr(np.random, n)(1))
    yield from attempt("SeedSequence", lambda: np.random.SeedSequence(5).spawn(2))


def _functions() -> Iterator[Specimen]:
    chosen = "clip mean median std sum log1p expm1 log exp sqrt abs add maximum nan_to_num square sign isnan"
    for name in chosen.split():
        yield from attempt(f"function_{name}", lambda n=name: [getattr(np, n)])
    yield from attempt("linalg", lambda: [np.linalg.norm, np.linalg.inv, np.dot, np.argsort])
    yield from attempt("vectorize", lambda: np.vectorize(np.exp))


def _polynomials() -> Iterator[Specimen]:
    yield from attempt("poly1d", lambda: np.poly1d([1, 2, 3]))
    for name in ("Polynomial", "Chebyshev", "Legendre", "Hermite", "HermiteE", "Laguerre"):
        yield from attempt(f"poly_{name}", lambda n=name: getattr(np.polynomial, n)([1, 2, 3]))
    yield from attempt("errors", lambda: [np.linalg.LinAlgError("singular"), np.exceptions.AxisError("x")])
    yield from attempt("finfo", lambda: {"eps": np.finfo(float).eps})
