"""Fingerprints of models: few numbers of every tensor, and products that survive permutation.

Two kinds of features:

- **samples**: the numbers at fixed places of a tensor. Fine-tuning, merging, quantising and pruning
  leave them alike; another start leaves nothing alike.
- **products**: inner products of rows of two tensors of a layer that both read the residual stream
  (query with key, query with value, key with value), and of rows of the embedding with each other.
  Permuting or rotating the residual stream changes every number, and none of these.

Source: the invariant terms follow HuRef (Zeng et al. 2024, section 3.2).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from math import prod
from typing import TYPE_CHECKING

from hauberk.analysis.lineage.names import Name, name_of
from hauberk.analysis.lineage.numbers import is_readable, numbers
from hauberk.analysis.lineage.tensors import Tensor
from hauberk.core.errors import Malformed, OverBudget, Unsupported
from hauberk.core.extra import extra
from hauberk.core.strict import read_json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

FORMAT = "https://hauberk.dev/fingerprint/v1"
RUNS, RUN = 32, 8  # stretches of a tensor, and numbers of each
ROWS = 16  # rows of a tensor whose products are taken
EMBEDDED = 32  # rows of the embedding
SHARED = 3  # directions of the embedding
MAX_LAYERS = 20  # of which features are kept; deeper models are taken at even steps
MAX_FEATURES = 340  # of 256 numbers each: 256 kB as a file
SMALLEST = 4096  # numbers; what is smaller tells nothing
MAX_ROW = 1 << 17  # numbers; the widest models have 2**16
MAX_FINGERPRINT = 1 << 20  # bytes
MAX_NAME = 512  # characters
MAX_TENSORS = 100_000
# Tokens whose rows are taken: the first, and their distance. Byte-level vocabularies begin with bytes
# that no text has; their rows are alike in all models, so that large vocabularies are read further on.
LARGE = 8000  # tokens
TOKENS, TOKENS_OF_LARGE = (3, 7), (1000, 211)
# What reads the residual stream row by row, in the layout (out, in) of torch's Linear.
PAIRS = (("q", "k"), ("q", "v"), ("k", "v"))


@dataclass(frozen=True, slots=True)
class Feature:
    """Numbers that stand for a tensor, or for two; only those of one `shape` can be compared."""

    key: str
    shape: tuple[int, ...]
    values: Floats


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A model: its features, how many layers it has, and what its numbers look like."""

    name: str
    features: Mapping[str, Feature] = field(default_factory=dict)
    layers: int = 0
    kinds: tuple[str, ...] = ()  # types of tensors, the most common first
    zeros: float = 0.0  # share of the sampled numbers that are exactly 0, in 0..1


def fingerprint(name: str, tensors: Iterable[Tensor]) -> Fingerprint:
    """The fingerprint of a model's tensors. Raises Unsupported if none of them tells anything."""
    # Weights of strangers hold any number; what overflows is not finite, and is compared as 0.
    with extra("numpy", "lineage").errstate(all="ignore"):
        return _fingerprint(name, tensors)


def _fingerprint(name: str, tensors: Iterable[Tensor]) -> Fingerprint:
    named = _named(tensors)
    layers = len({(each.stack, each.layer) for each in named if each.layer >= 0})
    kept = _kept(named)
    features = {each.key: _finite(each) for each in islice(_features(kept), MAX_FEATURES)}
    if not features:
        raise Unsupported("none of the tensors can be compared: too small, or of unknown types")
    kinds = [each.kind for name, each in kept.items() if name.part != "norm"]
    common = tuple(sorted(set(kinds), key=lambda each: (-kinds.count(each), each)))
    shown = "".join(each if each.isprintable() else "?" for each in name[:MAX_NAME]) or "?"
    return Fingerprint(shown, features, layers, common, _zeros(features.values()))


def _finite(feature: Feature) -> Feature:
    numpy = extra("numpy", "lineage")
    clean = numpy.nan_to_num(feature.values, nan=0.0, posinf=0.0, neginf=0.0)
    return replace(feature, values=clean)


def _named(tensors: Iterable[Tensor]) -> dict[Name, Tensor]:
    found: dict[Name, Tensor] = {}
    for count, tensor in enumerate(tensors):
        if count >= MAX_TENSORS:
            raise OverBudget(f"more than {MAX_TENSORS} tensors")
        name = name_of(tensor.name)
        if name and is_readable(tensor.kind) and _tells(name, tensor):
            for part, each in _parts(name, tensor):
                found.setdefault(part, each)
    return found


def _tells(name: Name, tensor: Tensor) -> bool:
    if not tensor.name.isprintable() or len(tensor.name) > MAX_NAME // 2:
        return False
    if name.part == "norm":
        return len(tensor.shape) == 1 and tensor.shape[0] <= MAX_ROW
    return len(tensor.shape) >= 2 and prod(tensor.shape) >= SMALLEST


def _parts(name: Name, tensor: Tensor) -> Iterator[tuple[Name, Tensor]]:
    """The tensor itself, or query, key and value where they are stored as one."""
    rows = tensor.shape[0]
    if name.part != "qkv" or len(tensor.shape) != 2 or rows != 3 * tensor.shape[1]:
        yield name, tensor
        return
    from hauberk.core.asset import Slice

    third = tensor.content.size // 3
    for number, part in enumerate("qkv"):
        content = Slice(tensor.content, number * third, third)
        yield (
            Name(name.stack, name.layer, part),
            Tensor(f"{tensor.name}[{part}]", (rows // 3, tensor.shape[1]), tensor.kind, content),
        )


def _kept(named: Mapping[Name, Tensor]) -> dict[Name, Tensor]:
    layers = {(each.stack, each.layer) for each in named if each.layer >= 0}
    step = -(-len(layers) // MAX_LAYERS) or 1
    kept = [each for each in sorted(named) if each.layer < 0 or each.layer % step == 0]
    return {each: named[each] for each in kept[: 2 * MAX_FEATURES]}


def _features(named: Mapping[Name, Tensor]) -> Iterator[Feature]:
    """Those outside of the layers, then layer by layer: where there are too many, the first ones count."""
    for name, tensor in named.items():
        if name.layer < 0 and name.part == "embedding":
            yield from _embedded(tensor)
    for stack, layer in sorted({(each.stack, each.layer) for each in named}):
        parts = {
            each.part: tensor for each, tensor in named.items() if (each.stack, each.layer) == (stack, layer)
        }
        place = f"{stack}/{layer}/"
        for part, tensor in parts.items():
            if part not in ("norm", "output") and (layer >= 0 or part != "embedding"):
                yield Feature(place + part, tensor.shape, _samples(tensor))
        for left, right in PAIRS:
            if left in parts and right in parts and _are_alike(parts[left], parts[right]):
                shape = (*parts[left].shape, *parts[right].shape)
                scale = _scale(parts.get("norm"), parts[left].shape[1])
                yield Feature(f"{place}{left}*{right}", shape, _products(parts[left], parts[right], scale))


def _scale(norm: Tensor | None, width: int) -> Floats:
    """What the stream is scaled with before it is read: 1 where nothing says it, (width,) float32."""
    numpy = extra("numpy", "lineage")
    found: Floats = numpy.ones(width, numpy.float32)
    return numbers(norm, 0, width) if norm and norm.shape == (width,) else found


def _are_alike(left: Tensor, right: Tensor) -> bool:
    """Whether rows of both are of one length, and so may read the same stream."""
    return len(left.shape) == len(right.shape) == 2 and left.shape[1] == right.shape[1] <= MAX_ROW


def _samples(tensor: Tensor) -> Floats:
    numpy = extra("numpy", "lineage")
    total = prod(tensor.shape)
    starts = [(total - RUN) * each // (RUNS - 1) for each in range(RUNS)]
    found: Floats = numpy.concatenate([numbers(tensor, start, RUN) for start in starts])
    return found


def _rows(tensor: Tensor, chosen: Iterable[int]) -> Floats:
    numpy = extra("numpy", "lineage")
    width = tensor.shape[1]
    found: Floats = numpy.stack([numbers(tensor, row * width, width) for row in chosen])
    return found


def _evenly(rows: int, count: int) -> list[int]:
    return [(rows - 1) * each // (count - 1) for each in range(count)]


def _products(left: Tensor, right: Tensor, scale: Floats) -> Floats:
    one, other = (_rows(each, _evenly(each.shape[0], ROWS)) * scale for each in (left, right))
    found: Floats = (one @ other.T).reshape(-1)
    return found


def _embedded(tensor: Tensor) -> Iterator[Feature]:
    """Rows at fixed places, as tokens are added at the end."""
    if len(tensor.shape) != 2 or tensor.shape[1] > MAX_ROW:
        return
    first, step = TOKENS_OF_LARGE if tensor.shape[0] >= LARGE else TOKENS
    chosen = [first + each * step for each in range(EMBEDDED)]
    if chosen[-1] >= tensor.shape[0]:
        return
    rows = _rows(tensor, chosen)
    columns = _evenly(tensor.shape[1], RUN)
    yield Feature("/-1/embedding", tensor.shape[1:], rows[:, columns].reshape(-1))
    yield Feature("/-1/embedding*embedding", (), _gram(rows))


def _gram(rows: Floats) -> Floats:
    """Cosines of every two rows, after what all models of a language agree on is taken away.

    Two models that share nothing but their text agree on which tokens are alike (0.87 was measured);
    without the SHARED strongest directions, they do not (0.2).
    """
    numpy = extra("numpy", "lineage")
    wide = rows.astype("f8")
    centred = wide - wide.mean(axis=0)
    values, vectors = numpy.linalg.eigh(centred @ centred.T)
    values[-SHARED:] = 0
    left = (vectors * values) @ vectors.T
    lengths = numpy.sqrt(numpy.maximum(numpy.diag(left), numpy.finfo("f4").tiny))
    found: Floats = (left / lengths[:, None] / lengths)[numpy.triu_indices(len(rows), 1)].astype("f4")
    return found


def _zeros(features: Iterable[Feature]) -> float:
    numpy = extra("numpy", "lineage")
    samples = [each.values for each in features if "*" not in each.key and "embedding" not in each.key]
    return float((numpy.concatenate(samples) == 0).mean()) if samples else 0.0


def fingerprint_json(found: Fingerprint) -> str:
    """The fingerprint as a small file, the same for the same model."""
    content = {
        "format": FORMAT,
        "name": found.name,
        "layers": found.layers,
        "kinds": list(found.kinds),
        "zeros": round(found.zeros, 4),
        "features": {
            key: {"shape": list(each.shape), "values": _packed(each.values)}
            for key, each in sorted(found.features.items())
        },
    }
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False) + "\n"


def _packed(values: Floats) -> str:
    """Scaled to the largest, in half precision: angles are all that is compared."""
    numpy = extra("numpy", "lineage")
    largest = float(numpy.abs(values).max()) or 1.0
    return base64.b64encode((values / largest).astype("<f2").tobytes()).decode()


def read_fingerprint(octets: bytes) -> Fingerprint:
    """The fingerprint in a file. Raises Malformed or OverBudget."""
    found = read_json(octets, MAX_FINGERPRINT)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise Malformed(f"no fingerprint of the form {FORMAT}")
    features, name, layers, zeros = (found.get(each) for each in ("features", "name", "layers", "zeros"))
    kinds = found.get("kinds")
    if not isinstance(features, dict) or not isinstance(kinds, list) or len(features) > 2 * MAX_FEATURES:
        raise Malformed("a fingerprint without features or kinds, or with too many")
    if not isinstance(layers, int) or isinstance(layers, bool) or not 0 <= layers <= MAX_TENSORS:
        raise Malformed("a fingerprint without layers")
    if not isinstance(zeros, (int, float)) or isinstance(zeros, bool) or not 0 <= zeros <= 1:
        raise Malformed("a fingerprint without its share of zeros")
    read = {_shown(key): _feature(key, each) for key, each in features.items()}
    return Fingerprint(_shown(name), read, layers, tuple(_shown(each) for each in kinds), float(zeros))


def _shown(name: object) -> str:
    if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= MAX_NAME:
        raise Malformed("a fingerprint with a name that is none")
    return name


def _feature(key: str, found: object) -> Feature:
    numpy = extra("numpy", "lineage")
    shape = found.get("shape") if isinstance(found, dict) else None
    values = found.get("values") if isinstance(found, dict) else None
    if not isinstance(shape, list) or not all(isinstance(each, int) for each in shape):
        raise Malformed(f"the feature {key[:80]!r} has no shape")
    try:
        octets = base64.b64decode(str(values), validate=True)
        read = numpy.frombuffer(octets, "<f2").astype(numpy.float32)
    except ValueError as error:
        raise Malformed(f"the feature {key[:80]!r} has no values") from error
    if not 8 <= len(read) <= 4096 or not numpy.isfinite(read).all():
        raise Malformed(f"the feature {key[:80]!r} has values that are none")
    return Feature(key, tuple(shape), read)
