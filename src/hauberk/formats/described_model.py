"""What a model repository says of itself: its card, its settings and its licence texts.

Source: huggingface_hub documentation, "Model Cards"; transformers, `configuration_utils`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hauberk.core.asset import Asset, Content, Kind
from hauberk.core.errors import UnreadableAsset
from hauberk.core.gap import Gap, gap_of
from hauberk.core.statement import Json
from hauberk.core.view import View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.licence import recognised
from hauberk.formats.model_card import ModelCard, read_card
from hauberk.formats.model_folder import CARD, LICENCE
from hauberk.formats.signs import Signs
from hauberk.formats.strict_json import parse
from hauberk.formats.text import decoded

# Bytes of one file of settings, and of a licence's text.
MAX_SETTINGS = 8 << 20
MAX_LICENCE = 1 << 20
SETTINGS = (
    "config.json", "adapter_config.json", "generation_config.json", "tokenizer_config.json", "modules.json",
    "model_index.json", "preprocessor_config.json", "config_sentence_transformers.json",
    "quantize_config.json", "trainer_state.json", "all_results.json", "eval_results.json",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class DescribedModel(View):
    """A repository's card, settings by file name, licences by the file of their text, and all files.

    `lines` holds the text of each file of settings, so that a value can be shown with its line.
    """

    card: ModelCard | None = None
    settings: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    lists: Mapping[str, list[Json]] = field(default_factory=dict)
    lines: Mapping[str, str] = field(default_factory=dict)
    licences: Mapping[str, frozenset[str]] = field(default_factory=dict)
    files: Mapping[str, Content] = field(default_factory=dict)

    def place_of(self, name: str) -> str:
        """The locator of one of its files."""
        return name if self.locator in (".", "") else f"{self.locator}/{name}"

    def line_of(self, name: str, key: str) -> int | None:
        """The 1-based line where a file of settings first has the key."""
        text = self.lines.get(name, "")
        at = text.find(f'"{key}"')
        return text.count("\n", 0, at) + 1 if at >= 0 else None

    def text(self, name: str, *path: str) -> str:
        """A text in a file of settings; empty where there is none."""
        found = self.value(name, *path)
        return found if isinstance(found, str) else ""

    def value(self, name: str, *path: str) -> Json:
        """A value in a file of settings; None where there is none."""
        found: Json = dict(self.settings.get(name, {}))
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found


def claim(asset: Asset) -> Claim:
    """CERTAIN for a folder; the walk gives only those that hold a model."""
    return Claim.CERTAIN if asset.kind is Kind.FOLDER and asset.files is not None else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The repository's view, and a gap where its card cannot be read.

    Settings that cannot be read are left out: their own reader tells why.
    """
    gaps: list[Gap] = []
    yield described(asset.locator, asset.files or {}, gaps)
    yield from (each for each in gaps if CARD.fullmatch(each.place.locator.rpartition("/")[2]))


def described(locator: str, files: Mapping[str, Content], gaps: list[Gap]) -> DescribedModel:
    """What the files say; what could not be read is added to `gaps`."""
    settings: dict[str, Mapping[str, Json]] = {}
    lists: dict[str, list[Json]] = {}
    lines: dict[str, str] = {}
    prefix = "" if locator in (".", "") else f"{locator}/"
    for name in SETTINGS:
        if name in files:
            try:
                octets = files[name].read(0, MAX_SETTINGS + 1)
                value = parse(octets, MAX_SETTINGS).value
            except UnreadableAsset as error:
                gaps.append(gap_of(prefix + name, error))
                continue
            lines[name] = decoded(octets)
            if isinstance(value, dict):
                settings[name] = value
            elif isinstance(value, list):
                lists[name] = value
    return DescribedModel(
        locator=locator,
        card=_card(prefix, files, gaps),
        settings=settings,
        lists=lists,
        lines=lines,
        licences=_licences(prefix, files, gaps),
        files=files,
    )


def _card(prefix: str, files: Mapping[str, Content], gaps: list[Gap]) -> ModelCard | None:
    name = next((each for each in sorted(files) if CARD.fullmatch(each)), None)
    if name is None:
        return None
    try:
        return read_card(prefix + name, files[name])
    except UnreadableAsset as error:
        gaps.append(gap_of(prefix + name, error))
        return None


def _licences(prefix: str, files: Mapping[str, Content], gaps: list[Gap]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for name in sorted(files):
        if "/" not in name and LICENCE.fullmatch(name):
            try:
                found[name] = recognised(decoded(files[name].read(0, MAX_LICENCE)))
            except UnreadableAsset as error:
                gaps.append(gap_of(prefix + name, error))
    return found


SIGNS = Signs(is_folder=True)
FORMAT = Format("described-model", "model repository's own words", claim, read)
