"""Real objects of real libraries, as their users save them. One module per library."""

from __future__ import annotations

import sys
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module

LIBRARIES = (
    "numpy", "scipy", "sklearn", "pandas", "torch", "xgboost", "lightgbm", "catboost", "joblib",
    "transformers", "sentence_transformers", "tokenizers", "safetensors", "PIL", "pyarrow", "dill",
    "cloudpickle", "statsmodels", "imblearn", "category_encoders", "nltk", "gensim", "networkx", "umap",
    "hdbscan", "polars", "pydantic", "attr", "tqdm", "lightning", "pytorch_lightning", "torchmetrics",
    "omegaconf", "gymnasium", "stable_baselines3", "sktime", "mlxtend", "optuna", "shap", "interpret",
    "surprise", "lifelines", "skops", "sympy", "mpmath", "packaging", "dateutil", "pytz", "threadpoolctl",
    "huggingface_hub", "accelerate", "numba", "pynndescent", "patsy", "xarray", "jax", "jaxlib", "flax",
    "optax", "keras", "ml_dtypes", "prophet", "spacy", "thinc",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Specimen:
    """One object to save; `ways` are the savers that its users use."""

    name: str
    value: object
    ways: tuple[str, ...] = ("pickle",)


Make = Callable[[], object]


def attempt(name: str, make: Make, *ways: str) -> Iterator[Specimen]:
    """The specimen, or nothing (and a word on stderr) where this version cannot make it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield Specimen(name, make(), ways or ("pickle",))
    except Exception as error:
        word = traceback.format_exception_only(error)[-1].strip()
        sys.stderr.write(f"no specimen {name}: {word[:160]}\n")


def specimens(library: str) -> Iterable[Specimen]:
    """Every specimen of the library; none if no module here makes them."""
    if library not in MADE_BY:
        return ()
    module = import_module(f"{__name__}.{MADE_BY[library]}_objects")
    made: Iterable[Specimen] = module.specimens()
    return made


MADE_BY = {
    name: name
    for name in (
        "numpy", "scipy", "sklearn", "pandas", "torch", "xgboost", "lightgbm", "catboost", "joblib",
        "transformers", "more",
    )
}  # fmt: skip
