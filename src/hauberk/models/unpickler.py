"""Unpicklers that make only what a policy lists; a second gate behind the examination.

pickle is imported here, and nowhere else in Hauberk: this is the one place that runs a pickle on
purpose, after every name in it was found on a list.
"""

from __future__ import annotations

import bz2
import gzip
import inspect
import io
import lzma
import pickle
import zipfile
import zlib
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from hauberk.core.errors import Malformed, MissingExtra, UnsafeAsset
from hauberk.models.words import word_of

ARRAY = ("joblib.numpy_pickle", "NumpyArrayWrapper")


def _find_class(module: str, name: str, find: Callable[[str, str], Any]) -> Any:
    """The global, or a guard that stands in for it. Raises UnsafeAsset if no policy lists it."""
    word = word_of(module, name)
    if word in ("", "unsafe"):
        raise UnsafeAsset(f"{module}.{name} is {word or 'not listed'}: it is not loaded")
    if (module, name) == ARRAY:
        return _array_wrapper()
    try:
        # How a name may be used was examined before; here it counts that it is listed.
        return GUARDS[word]() if word in GUARDS else find(module, name)
    except (ImportError, AttributeError) as error:
        raise MissingExtra(f"{module}.{name} is needed, and is not installed here: {error}") from error


class Unpickler(pickle.Unpickler):
    """The standard unpickler, held to the policies."""

    def find_class(self, module: str, name: str) -> Any:
        """The global, if a policy lists it."""
        return _find_class(module, name, super().find_class)


def _getattr(holder: Any, name: Any) -> Any:
    """Attribute `name`, which must be text without double underscores, of anything but a module."""
    if not isinstance(name, str) or "__" in name or isinstance(holder, ModuleType):
        raise UnsafeAsset(f"looks up {name!r} of {type(holder).__name__}: it is not loaded")
    return getattr(holder, name)


def _nested(octets: bytes) -> Any:
    """What a torch file inside a pickle holds, held to the same policies."""
    return load_torch(octets)


GUARDS: Mapping[str, Callable[[], Callable[..., Any]]] = {
    "call:getattr-literal": lambda: _getattr,
    "call:nested-pickle": lambda: _nested,
}


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingExtra(f"{name} is needed to load this file, and is not installed here") from error


def load_torch(octets: bytes) -> Any:
    """What a torch file holds. Raises UnsafeAsset for TorchScript, which is a program."""
    torch = _library("torch")
    if octets.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(octets)) as held:
            if any(each.endswith("constants.pkl") for each in held.namelist()):
                raise UnsafeAsset("is a TorchScript program: torch would compile it, so it is not loaded")
    reader: Any = _pickle_module()
    return torch.load(io.BytesIO(octets), map_location="cpu", pickle_module=reader, weights_only=False)


def _pickle_module() -> ModuleType:
    made = ModuleType("hauberk_pickle")
    made.Unpickler = Unpickler  # type: ignore[attr-defined]
    made.UnpicklingError = pickle.UnpicklingError  # type: ignore[attr-defined]
    made.load = lambda file, **settings: Unpickler(file, **settings).load()  # type: ignore[attr-defined]
    made.loads = lambda octets, **settings: Unpickler(io.BytesIO(octets), **settings).load()  # type: ignore[attr-defined]
    return made


def load_joblib(octets: bytes) -> Any:
    """What a joblib file holds, compressed or not."""
    parent = _library("joblib.numpy_pickle").NumpyUnpickler

    class Guarded(parent):  # type: ignore[misc,valid-type]  # joblib has no types
        """joblib's unpickler, held to the policies."""

        def find_class(self, module: str, name: str) -> Any:
            """The global, if a policy lists it."""
            return _find_class(module, name, super().find_class)

    settings: dict[str, Any] = {"mmap_mode": None}
    if "ensure_native_byte_order" in inspect.signature(parent.__init__).parameters:
        settings["ensure_native_byte_order"] = True
    return Guarded("", io.BytesIO(_inflated(octets)), **settings).load()


def _array_wrapper() -> type[Any]:
    parent = _library("joblib.numpy_pickle").NumpyArrayWrapper

    class Wrapper(parent):  # type: ignore[misc,valid-type]  # joblib has no types
        """joblib's array wrapper; arrays of objects are pickles of their own, and held to the policies."""

        def read_array(self, unpickler: Any, *rest: Any) -> Any:
            """The array whose bytes follow in the stream."""
            if not self.dtype.hasobject:
                return super().read_array(unpickler, *rest)
            return Unpickler(unpickler.file_handle).load()

        def read_mmap(self, unpickler: Any) -> Any:
            """Never: the stream is in memory."""
            return self.read_array(unpickler)

    return Wrapper


def _inflated(octets: bytes) -> bytes:
    """The pickle inside joblib's compression; its size was bounded when it was examined."""
    openers: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = (
        (b"x", zlib.decompress), (b"\x1f\x8b", gzip.decompress), (b"BZ", bz2.decompress),
        (b"\xfd7z", lzma.decompress), (b"]\x00", lzma.decompress), (b'\x04"M\x18', _lz4),
    )  # fmt: skip
    for magic, opener in openers:
        if octets.startswith(magic):
            try:
                return opener(octets)
            except (zlib.error, lzma.LZMAError, OSError, EOFError, RuntimeError) as error:
                raise Malformed(f"cannot be decompressed: {error}") from error
    return octets


def _lz4(octets: bytes) -> bytes:
    found: bytes = _library("lz4.frame").decompress(octets)
    return found
