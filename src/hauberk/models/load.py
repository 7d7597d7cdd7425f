"""A saved model, loaded only after the bytes to be loaded were examined, and only by listed names."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from hauberk.core.asset import Asset, Bytes
from hauberk.core.errors import HauberkError, Malformed, MissingPath, UnsafeAsset
from hauberk.core.finding import Finding, Severity
from hauberk.core.rule import registered
from hauberk.models.unpickler import Unpickler, load_joblib, load_torch
from hauberk.scan.examine import Examination, examine

# A torch file of before 1.6 starts with torch's magic number, pickled by protocol 2.
TORCH_LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
ZIP = b"PK\x03\x04"
# How joblib's compressors start: zlib, gzip, bz2, xz, lzma, lz4. Source: joblib/compressor.py, _PREFIXES.
COMPRESSED = (b"x", b"\x1f\x8b", b"BZ", b"\xfd7z", b"]\x00", b'\x04"M\x18')
# Findings below this are advice, not harm; the default policy of the gate draws the same line.
STOPS = Severity.MEDIUM
# Reasons told in the message; the error holds them all.
TOLD = 3


def load(path: str | os.PathLike[str]) -> Any:
    """The object that a pickle, joblib or torch file holds.

    The file is read once into memory; what is examined is what is loaded, so the file cannot be
    swapped in between. Raises UnsafeAsset if anything is found in it, if any of it could not be
    examined, or if it names at load time what no policy lists; MissingPath; Malformed.
    """
    name = os.fspath(path)
    try:
        octets = Path(name).read_bytes()
    except OSError as error:
        raise MissingPath(f"{name}: {error.strerror}") from error
    _refuse(name, examine(Asset(name, Bytes(octets))))
    try:
        return _loaded(octets)
    except HauberkError:
        raise
    except Exception as error:
        raise Malformed(f"{name}: cannot be loaded: {type(error).__name__}: {error}") from error


def _loaded(octets: bytes) -> Any:
    if octets.startswith((ZIP, TORCH_LEGACY)):
        return load_torch(octets)
    if octets.startswith(COMPRESSED) or b"NumpyArrayWrapper" in octets:
        return load_joblib(octets)
    return Unpickler(io.BytesIO(octets)).load()


def _refuse(name: str, examined: Examination) -> None:
    stops = [each for each in examined.findings if _severity(each) >= STOPS]
    reasons = [f"{each.rule} {each.message}" for each in stops]
    reasons += [f"not examined: {each.message}" for each in examined.gaps]
    if reasons:
        more = f", and {len(reasons) - TOLD} more" if len(reasons) > TOLD else ""
        message = f"{name} is not loaded: {'; '.join(reasons[:TOLD])}{more}"
        raise UnsafeAsset(message, tuple(stops), tuple(examined.gaps))


def _severity(found: Finding) -> Severity:
    return registered()[found.rule].severity if found.severity is None else found.severity
