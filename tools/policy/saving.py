"""How users save objects: every way to bytes."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable

SUFFIXES = {
    "pickle": ".pkl", "joblib": ".joblib", "joblib-zlib": ".joblib.z", "joblib-lz4": ".joblib.lz4",
    "joblib-gzip": ".joblib.gz", "joblib-bz2": ".joblib.bz2", "joblib-lzma": ".joblib.lzma",
    "joblib-xz": ".joblib.xz", "torch": ".pt", "torch-old": ".pth", "dill": ".dill", "cloudpickle": ".cpkl",
    **{f"pickle{n}": f".p{n}.pkl" for n in range(6)},
}  # fmt: skip


def saved(value: object, way: str) -> bytes:
    """The object as that way of saving writes it. Raises whatever the saver raises."""
    saver, _, option = way.partition("-")
    if saver.startswith("pickle"):
        return pickle.dumps(value, int(saver[6:] or pickle.DEFAULT_PROTOCOL))
    return SAVERS[saver](value, option)


def _joblib(value: object, option: str) -> bytes:
    import joblib

    out = io.BytesIO()
    joblib.dump(value, out, compress=(option, 3) if option else 0)
    return out.getvalue()


def _torch(value: object, option: str) -> bytes:
    import torch

    out = io.BytesIO()
    torch.save(value, out, _use_new_zipfile_serialization=option != "old")
    return out.getvalue()


def _dill(value: object, option: str) -> bytes:
    import dill

    found: bytes = dill.dumps(value, byref=True)
    return found


def _cloudpickle(value: object, option: str) -> bytes:
    import cloudpickle

    found: bytes = cloudpickle.dumps(value)
    return found


SAVERS: dict[str, Callable[[object, str], bytes]] = {
    "joblib": _joblib, "torch": _torch, "dill": _dill, "cloudpickle": _cloudpickle,
}  # fmt: skip
