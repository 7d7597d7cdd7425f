"""Gathering: a folder's files become one bill of materials."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from hauberk.analysis.weights import Weights, weights_of
from hauberk.analysis.weights.headers import gguf_model
from hauberk.attest.bom.bom import (
    Ancestor,
    Bom,
    Dataset,
    Dependency,
    Energy,
    Fact,
    Field,
    File,
    Grade,
    Licensed,
    Metric,
    Proof,
)
from hauberk.attest.bom.card_facts import CardFacts, Noun
from hauberk.attest.bom.file_facts import REPOSITORY, FileFacts
from hauberk.attest.bom.prose_facts import ProseFacts
from hauberk.core.asset import Content
from hauberk.core.digest import Digest
from hauberk.core.errors import UnreadableAsset
from hauberk.core.finding import Place
from hauberk.core.gap import Gap, gap_of
from hauberk.formats.described_model import DescribedModel, described
from hauberk.formats.licence import Licence

T = TypeVar("T", bound=Noun)
# Forms of weights whose headers nobody counts here.
UNCOUNTED = re.compile(r"\.(?:h5|hdf5|keras|tflite|msgpack|mlmodel|nemo|pb|pdparams|mlpackage|ot|pte)$")
# A folder of the Hub's cache: models--org--name/snapshots/<commit>.
CACHED = re.compile(r"(?:^|/)(models|datasets)--([\w.-]+?)--([\w.-]+)/snapshots/([0-9a-f]{40})/?$")
USED = re.compile(
    r"(?:from_pretrained|SentenceTransformer|snapshot_download|hf_hub_download)\(\s*(?:repo_id=)?[\"'](\w[\w.-]{0,95}/\w[\w.-]{0,95})[\"']"
)
HUB = "https://huggingface.co/"
# Which domain the Hub's tasks are of, by a word in their name, the first that fits.
DOMAINS = (
    ("image-text", "multimodal"),
    ("any-to-any", "multimodal"),
    ("visual", "multimodal"),
    ("video", "computer vision"),
    ("image", "computer vision"),
    ("object-detection", "computer vision"),
    ("depth", "computer vision"),
    ("mask-generation", "computer vision"),
    ("speech", "audio"),
    ("audio", "audio"),
    ("voice", "audio"),
    ("tabular", "tabular data"),
    ("time-series", "time series"),
    ("reinforcement", "reinforcement learning"),
    ("robotics", "robotics"),
    ("graph", "graphs"),
)
TEXT_TASKS = re.compile(
    r"text|token|fill-mask|question|translation|summar|sentence|feature|classification|table"
)


@dataclass(frozen=True, slots=True)
class Folder:
    """What a bill is made of: the folder's name and path, its files' content and digests, and its own."""

    name: str
    path: str
    contents: Mapping[str, Content]
    files: tuple[File, ...]
    digest: Digest


def bom_of(folder: Folder) -> Bom:
    """The bill of materials of a folder. What cannot be read is a gap in it, never an error."""
    gaps: list[Gap] = []
    model = described(".", folder.contents, gaps)
    weights = weights_of(model)
    gaps += weights.gaps
    gaps += _uncounted(model, weights)
    nouns = [_printable(each) for each in _nouns(model, weights, gaps)]
    nouns += _inferred(folder, model, nouns)
    nouns += _told(model, nouns)
    return Bom(
        digest=folder.digest,
        is_dataset=not weights.files and _is_dataset(model),
        facts=_unique(_kind(nouns, Fact), lambda each: (each.field, each.name, each.text)),
        licences=_unique(_kind(nouns, Licensed), lambda each: (each.licence, each.proof.grade)),
        datasets=_unique(_kind(nouns, Dataset), lambda each: (each.name.lower(), each.field)),
        ancestors=_ancestors(_kind(nouns, Ancestor), folder.name),
        metrics=tuple(_kind(nouns, Metric)),
        energy=_unique(_kind(nouns, Energy), lambda each: each.unit),
        dependencies=_dependencies(_kind(nouns, Dependency)),
        files=folder.files,
        gaps=tuple(gaps),
    )


def _nouns(model: DescribedModel, weights: Weights, gaps: list[Gap]) -> Iterator[Noun]:
    """All that is said, by the card first: of the texts of one field the first counts."""
    of_files = FileFacts(model)
    if model.card is not None:
        yield from CardFacts(model.card).all()
    yield from of_files.settings()
    yield from of_files.weights(weights)
    if weights.form == "gguf" and not weights.gaps:
        yield from of_files.gguf(
            weights.files[0], gguf_model(weights.files[0], model.files[weights.files[0]])
        )
    yield from of_files.licences()
    try:
        yield from of_files.requirements()
    except UnreadableAsset as error:
        gaps.append(gap_of("requirements.txt", error))


def _printable(noun: Noun) -> Noun:
    """Without half characters, which JSON can escape and no writer can write."""
    texts = {name: getattr(noun, name) for name in noun.__slots__}
    kept = {name: _whole(text) for name, text in texts.items() if type(text) is str}
    if isinstance(noun, Licensed):
        return replace(noun, licence=Licence(noun.licence.expression, _whole(noun.licence.name)))
    return replace(noun, **kept)  # type: ignore[arg-type]  # only texts are replaced, by texts


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _uncounted(model: DescribedModel, weights: Weights) -> Iterator[Gap]:
    if not weights.files:
        for name in sorted(model.files):
            if UNCOUNTED.search(name):
                yield Gap(Place(name), "unsupported", "holds weights whose parameters are not counted")


def _is_dataset(model: DescribedModel) -> bool:
    front = model.card.front if model.card else None
    keys = ("dataset_info", "task_categories", "size_categories", "annotations_creators")
    return front is not None and any(front.at(key) for key in keys)


def _inferred(folder: Folder, model: DescribedModel, nouns: list[Noun]) -> Iterator[Noun]:
    """What follows from paths, names and other facts."""
    known = {each.field for each in nouns if isinstance(each, Fact)}
    proof = Proof(Grade.INFERRED, Place("."))
    if found := CACHED.search(folder.path):
        prefix = "datasets/" if found[1] == "datasets" else ""
        yield Fact(Field.NAME, found[3], proof)
        yield Fact(Field.VERSION, found[4], proof)
        yield Fact(Field.SUPPLIER, found[2], proof)
        yield Fact(Field.DOWNLOAD, f"{HUB}{prefix}{found[2]}/{found[3]}", proof)
    else:
        yield from _used(folder, model, nouns)
    yield Fact(Field.NAME, folder.name, proof)
    if Field.VERSION not in known:
        yield Fact(Field.VERSION, str(folder.digest), Proof(Grade.COMPUTED, Place(".")))
    if Field.DOMAIN not in known and (told := _domain(nouns)):
        yield told


def _told(model: DescribedModel, nouns: list[Noun]) -> Iterator[Noun]:
    """What the prose tells, of kinds that no field of the card does."""
    if model.card is None:
        return
    said = {type(each) for each in nouns} | {
        each.field for each in nouns if isinstance(each, (Fact, Dataset))
    }
    name = next(each.text for each in nouns if isinstance(each, Fact) and each.field is Field.NAME)
    for each in ProseFacts(model.card, name.rpartition("/")[2]).all():
        kind = each.field if isinstance(each, (Fact, Dataset)) else type(each)
        if kind not in said:
            yield _printable(each)


def _used(folder: Folder, model: DescribedModel, nouns: list[Noun]) -> Iterator[Noun]:
    """The repository that the card's own example loads, if it is called as the model is."""
    if model.card is None:
        return
    title = next((each for each in model.card.sections if each.level == 1), None)
    if title is not None and REPOSITORY.fullmatch(title.title):
        proof = Proof(Grade.INFERRED, Place(model.card.name, line=title.line))
        yield Fact(Field.DOWNLOAD, f"{HUB}{title.title}", proof)
        yield Fact(Field.SUPPLIER, title.title.partition("/")[0], proof)
        return
    names = {each.text.lower() for each in nouns if isinstance(each, Fact) and each.field is Field.NAME}
    bases = {each.name.lower() for each in nouns if isinstance(each, Ancestor)}
    for section in model.card.sections:
        for found in USED.finditer(section.text):
            owner, _, name = found[1].partition("/")
            if name.lower() in names | {folder.name.lower()} and found[1].lower() not in bases:
                line = section.line + 1 + section.text.count("\n", 0, found.start())
                proof = Proof(Grade.INFERRED, Place(model.card.name, line=line))
                yield Fact(Field.DOWNLOAD, f"{HUB}{found[1]}", proof)
                yield Fact(Field.SUPPLIER, owner, proof)
                return


def _domain(nouns: list[Noun]) -> Fact | None:
    task = next((each for each in nouns if isinstance(each, Fact) and each.field is Field.PURPOSE), None)
    if task is None:
        return None
    domain = next((domain for word, domain in DOMAINS if word in task.text), "")
    if not domain and TEXT_TASKS.search(task.text):
        domain = "natural language processing"
    return Fact(Field.DOMAIN, domain, replace(task.proof, grade=Grade.INFERRED)) if domain else None


def _kind(nouns: Iterable[Noun], kind: type[T]) -> list[T]:
    return [each for each in nouns if isinstance(each, kind)]


def _unique(nouns: Iterable[T], key: Callable[[T], object]) -> tuple[T, ...]:
    """The first of each key."""
    found: dict[object, T] = {}
    for each in nouns:
        found.setdefault(key(each), each)
    return tuple(found.values())


def _ancestors(found: list[Ancestor], own: str) -> tuple[Ancestor, ...]:
    """Without the model itself, and without what is only inferred where somebody said it."""
    told = [each for each in found if each.name.rpartition("/")[2].lower() != own.lower()]
    is_said = any(each.proof.grade is not Grade.INFERRED for each in told)
    kept = [each for each in told if not is_said or each.proof.grade is not Grade.INFERRED]
    return _unique(kept, lambda each: each.name.lower())


def _dependencies(found: list[Dependency]) -> tuple[Dependency, ...]:
    """Each library once, with its version if any place says it."""
    kept: dict[str, Dependency] = {}
    for each in found:
        name = re.sub(r"[-_. ]+", "-", each.name.lower())
        if name not in kept or (each.version and not kept[name].version):
            kept[name] = replace(each, name=name)
    return tuple(kept[name] for name in sorted(kept))
