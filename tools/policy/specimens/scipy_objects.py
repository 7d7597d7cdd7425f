"""scipy: sparse matrices, frozen distributions, interpolators, trees and other fitted objects."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import interpolate, optimize, signal, sparse, spatial, special, stats

from . import Specimen, attempt

GRID = np.linspace(0, 1, 8)


def specimens() -> Iterator[Specimen]:
    """What users of scipy save."""
    yield from _sparse()
    yield from _stats()
    yield from _interpolators()
    yield from _others()


def _sparse() -> Iterator[Specimen]:
    for kind in ("csr", "csc", "coo", "lil", "dok", "dia", "bsr"):
        for form in ("matrix", "array"):
            make = getattr(sparse, f"{kind}_{form}", None)
            if make is not None:
                yield from attempt(f"sparse_{kind}_{form}", lambda m=make: m(np.eye(4)), "pickle", "joblib")


def _stats() -> Iterator[Specimen]:
    shapes = dict(_distributions())
    for name, args in shapes.items():
        yield from attempt(f"frozen_{name}", lambda n=name, a=args: getattr(stats, n)(*a))
    yield from attempt("frozen_loguniform", lambda: stats.loguniform(1e-3, 1e2))
    yield from attempt("gaussian_kde", lambda: stats.gaussian_kde(np.random.RandomState(0).rand(30)))
    yield from attempt("multivariate", lambda: stats.multivariate_normal(np.zeros(2), np.eye(2)))
    yield from attempt("rv_histogram", lambda: stats.rv_histogram(np.histogram(GRID, bins=4)))
    yield from attempt("rv_discrete", lambda: stats.rv_discrete(values=([1, 2], [0.5, 0.5])))
    yield from attempt("test_results", lambda: [stats.ttest_1samp(GRID, 0), stats.linregress(GRID, GRID**2)])
    yield from attempt("describe", lambda: stats.describe(GRID))
    yield from attempt("qmc", lambda: [stats.qmc.Sobol(2, seed=1), stats.qmc.Halton(2, seed=1)])


def _distributions() -> list[tuple[str, tuple[float, ...]]]:
    from scipy.stats import _distr_params

    return [(n, a) for n, a in _distr_params.distcont + _distr_params.distdiscrete if isinstance(n, str)]


def _interpolators() -> Iterator[Specimen]:
    y = GRID**2
    for name in ("CubicSpline", "PchipInterpolator", "Akima1DInterpolator", "interp1d", "UnivariateSpline",
                 "InterpolatedUnivariateSpline", "BarycentricInterpolator", "KroghInterpolator",
                 "make_interp_spline"):  # fmt: skip
        yield from attempt(f"interpolate_{name}", lambda n=name: getattr(interpolate, n)(GRID, y))
    points = np.random.RandomState(0).rand(12, 2)
    for name in (
        "RBFInterpolator",
        "LinearNDInterpolator",
        "NearestNDInterpolator",
        "CloughTocher2DInterpolator",
    ):
        yield from attempt(
            f"interpolate_{name}", lambda n=name: getattr(interpolate, n)(points, points[:, 0])
        )
    yield from attempt("interpolate_Rbf", lambda: interpolate.Rbf(GRID, y))
    yield from attempt(
        "interpolate_grid", lambda: interpolate.RegularGridInterpolator((GRID, GRID), np.eye(8))
    )
    yield from attempt(
        "interpolate_bivariate", lambda: interpolate.RectBivariateSpline(GRID, GRID, np.eye(8))
    )
    yield from attempt("interpolate_ppoly", lambda: interpolate.PPoly(np.ones((2, 3)), [0, 1, 2, 3]))
    yield from attempt("interpolate_bspline", lambda: interpolate.BSpline([0, 1, 2, 3, 4, 5], [1.0, 2, 3], 2))


def _others() -> Iterator[Specimen]:
    points = np.random.RandomState(0).rand(12, 2)
    for name in ("KDTree", "cKDTree"):
        yield from attempt(f"spatial_{name}", lambda n=name: getattr(spatial, n)(points))
    yield from attempt("rotation", lambda: spatial.transform.Rotation.from_euler("x", 0.5))
    yield from attempt("optimize_result", lambda: optimize.minimize(lambda x: (x - 1) ** 2, 0.0).x)
    yield from attempt("optimize_whole", lambda: optimize.minimize(_bowl, np.zeros(2), method="Nelder-Mead"))
    yield from attempt("optimize_bfgs", lambda: optimize.minimize(_bowl, np.zeros(2), method="L-BFGS-B"))
    yield from attempt("bounds", lambda: [optimize.Bounds(0, 1), optimize.LinearConstraint(np.eye(2), 0, 1)])
    yield from attempt("special", lambda: [special.expit, special.logit, special.gammaln, special.softmax])
    yield from attempt("signal", lambda: [signal.butter(2, 0.2), signal.dlti([1.0], [1.0, 0.5], dt=1.0)])
    yield from attempt("linear_operator", lambda: sparse.linalg.aslinearoperator(np.eye(3)))


def _bowl(x: np.ndarray) -> float:
    return float(((x - 1) ** 2).sum())
