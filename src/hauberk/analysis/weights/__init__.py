"""How many numbers the weights of a model are, and of which types: from headers, never from the numbers.

A repository often has the same weights twice (safetensors and pickled, or in several quantisations):
one set of files counts, and it is told which.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from hauberk.analysis.weights.headers import FORMS, elements_of, form_of
from hauberk.core.asset import Content
from hauberk.core.errors import UnreadableAsset
from hauberk.core.finding import Place
from hauberk.core.gap import Gap, gap_of
from hauberk.formats.described_model import DescribedModel

__all__ = ["Weights", "weights_of"]

# Shards and weights of one repository whose headers are read.
MAX_FILES = 2_000
SHARD = re.compile(r"[-_.]?\d{1,6}-of-\d{1,6}")
PROMISED = re.compile(r"\d{1,6}-of-(\d{1,6})")
# What loaders look for first, before any other stem of the same folder and form.
STEMS = ("model", "adapter_model", "pytorch_model", "diffusion_pytorch_model")
# What training leaves beside the weights, and bare numbers without a header.
NOT_WEIGHTS = re.compile(
    r"(?:^|/)(?:openvino_|optimizer|scheduler|training_args|rng_state(?:_\d+)?|scaler|random_states)"
)


@dataclass(frozen=True, slots=True)
class Weights:
    """The set of files that counts, its elements by type, and what could not be counted."""

    form: str = ""
    files: tuple[str, ...] = ()
    elements: Mapping[str, int] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()

    @property
    def total(self) -> int:
        """All elements; 0 if not all files of the set could be counted."""
        return 0 if self.gaps else sum(self.elements.values())

    @property
    def main_type(self) -> str:
        """The type of the most elements."""
        return max(self.elements, key=lambda each: (self.elements[each], each), default="")


@lru_cache(maxsize=4)
def weights_of(model: DescribedModel) -> Weights:
    """The weights of a repository."""
    chosen = _chosen(model)
    elements: dict[str, int] = {}
    gaps: list[Gap] = []
    if missing := _missing(chosen):
        gaps.append(Gap(Place(model.place_of(chosen[0])), "missing", missing))
    for name in chosen[:MAX_FILES]:
        try:
            for kind, count in elements_of(name, model.files[name]).items():
                elements[kind] = elements.get(kind, 0) + count
        except UnreadableAsset as error:
            gaps.append(gap_of(model.place_of(name), error))
    return Weights(form_of(chosen[0]) if chosen else "", tuple(chosen[:MAX_FILES]), elements, tuple(gaps))


def _missing(chosen: list[str]) -> str:
    """What shards a set lacks, as their own names tell: `model-00001-of-00003.safetensors`."""
    promised = {int(found[1]) for each in chosen if (found := PROMISED.search(each))}
    if promised and sum(promised) != len(chosen):
        return f"{len(chosen)} shards of {sum(promised)} are here, so the parameters are not counted"
    return ""


def _chosen(model: DescribedModel) -> list[str]:
    """The files of the set that counts: of a pipeline of models, one set for each of its folders."""
    sets = _sets(model.files)
    folders = sorted({folder for folder, _, _ in sets})
    if "model_index.json" in model.files:
        kept = [each for each in folders if "/" not in each]
    else:
        kept = [""] if "" in folders else folders[:1]
    return [name for folder in kept for name in _best(folder, sets)]


def _sets(files: Mapping[str, Content]) -> dict[tuple[str, str, str], list[str]]:
    sets: dict[tuple[str, str, str], list[str]] = {}
    for name in sorted(files):
        form = form_of(name)
        if form and not NOT_WEIGHTS.search(name):
            folder, _, last = name.rpartition("/")
            sets.setdefault((folder, form, SHARD.sub("", last).rpartition(".")[0]), []).append(name)
    return sets


def _best(folder: str, sets: Mapping[tuple[str, str, str], list[str]]) -> Iterable[str]:
    def rank(key: tuple[str, str, str]) -> tuple[int, int, str]:
        stem = STEMS.index(key[2]) if key[2] in STEMS else len(STEMS)
        return list(FORMS).index(key[1]), stem, key[2]

    keys = [key for key in sets if key[0] == folder]
    return sets[min(keys, key=rank)] if keys else ()
