"""A model's repository as a whole: which files belong together, and the code among them.

Source: transformers documentation, "Custom models"; huggingface_hub, "Model Cards".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hauberk.core.asset import Asset, Content, Kind
from hauberk.core.errors import UnreadableAsset
from hauberk.core.finding import Place
from hauberk.core.folder import is_model, is_module
from hauberk.core.gap import Gap, gap_of
from hauberk.core.statement import Json
from hauberk.core.view import View
from hauberk.formats.document import CodeReference, facts
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.install_script import SETUP, install_scripts
from hauberk.formats.python_source import source
from hauberk.formats.signs import Signs
from hauberk.formats.strict_json import parse
from hauberk.formats.text import decoded

# Bytes of settings and cards that are read from a folder.
MAX_SETTINGS = 8 << 20
MAX_CARD = 1 << 20
# Modules of one repository that are judged; honest ones have a dozen.
MAX_MODULES = 300
# Settings whose references make the repository's own Python part of the model.
SETTINGS = ("config.json", "tokenizer_config.json", "processor_config.json", "preprocessor_config.json",
    "modules.json",
            "adapter_config.json", "model_index.json", "generation_config.json",
            "video_preprocessor_config.json",
            "image_processor_config.json", "feature_extractor_config.json")  # fmt: skip
# Modules that loaders import by their name alone: transformers, diffusers, inference endpoints, SageMaker.
LOADED_NAMES = re.compile(
    r"(?:modeling|configuration|tokenization|processing|image_processing|video_processing|feature_extraction"
    r"|modular|pipeline|custom)_\w+\.py|(?:handler|pipeline|custom_generate/generate|code/inference|inference"
    r"|sentence_\w+|custom_st|hubconf|model)\.py"
)
CARD = re.compile(r"readme(?:\.\w+)?", re.IGNORECASE)
LICENCE = re.compile(r"(?:licen[cs]e|copying|notice|use_policy)[\w.-]*", re.IGNORECASE)
FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class ModelFolder(View):
    """The names of a repository's files, and what its settings and card say.

    `licence` is what the card declares; empty where it declares none, or there is no card.
    """

    names: frozenset[str]
    references: tuple[CodeReference, ...] = ()
    has_card: bool = False
    has_licence_file: bool = False
    licence: str = ""


def claim(asset: Asset) -> Claim:
    """CERTAIN for a folder; the walk gives only those that hold a model, or are a module of Terraform."""
    if asset.kind is not Kind.FOLDER or asset.files is None:
        return Claim.NONE
    own = [name for name in asset.files if "/" not in name]
    return Claim.NONE if is_module(own) and not is_model(own) else Claim.CERTAIN


def read(asset: Asset) -> Iterator[Reading]:
    """The folder's view, and one for each module that loading imports or installing runs."""
    files = asset.files or {}
    references = tuple(_references(files))
    card = next((files[name] for name in sorted(files) if CARD.fullmatch(name)), None)
    yield ModelFolder(
        locator=asset.locator,
        names=frozenset(files),
        references=references,
        has_card=card is not None,
        has_licence_file=any(LICENCE.fullmatch(name) for name in files),
        licence=_licence(card) if card else "",
    )
    yield from _missing(asset.locator, files, references)
    yield from install_scripts(asset.locator, files)
    chosen = [name for name in sorted(files) if _is_imported(name, bool(references), "MLmodel" in files)]
    for name in chosen[:MAX_MODULES]:
        locator = name if asset.locator == "." else f"{asset.locator}/{name}"
        try:
            yield source(locator, files[name])
        except UnreadableAsset as error:
            yield gap_of(locator, error)
    if len(chosen) > MAX_MODULES:
        yield Gap(Place(asset.locator), "over-budget", f"holds more than {MAX_MODULES} modules of Python")


def _is_imported(name: str, is_referred: bool, is_mlflow: bool) -> bool:
    """Whether loading the model may import the module: by name, by reference, or as MLflow's code."""
    if not name.endswith(".py") or name == SETUP:
        return False
    return is_referred or is_mlflow or LOADED_NAMES.fullmatch(name) is not None


def _references(files: Mapping[str, Content]) -> Iterator[CodeReference]:
    for name in SETTINGS:
        if name in files and (value := _parsed(files[name])) is not None:
            for each in facts(value, name).references:
                if each.kind.startswith(("auto_map", "custom_pipelines", "trust_remote_code")) or _is_own(
                    each
                ):
                    yield each


def _is_own(each: CodeReference) -> bool:
    is_module = each.kind == "module" and not each.name.startswith("sentence_transformers.")
    return is_module or (
        each.kind == "component" and each.name.partition(".")[0] not in ("diffusers", "transformers")
    )


def _parsed(content: Content) -> Json | None:
    """The value, or None: the file's own reader tells why it cannot be read."""
    try:
        return parse(content.read(0, MAX_SETTINGS + 1), MAX_SETTINGS).value
    except UnreadableAsset:
        return None


def _missing(
    locator: str, files: Mapping[str, Content], references: tuple[CodeReference, ...]
) -> Iterator[Reading]:
    for each in references:
        module = each.name.rpartition(".")[0]
        is_local = each.kind.startswith("auto_map") and not each.repository and module and "." not in module
        if is_local and f"{module}.py" not in files:
            message = f"{each.kind} names {each.name}, and {module}.py is not in the folder"
            yield Gap(Place(locator), "missing", message, "scan the folder that has the code", "MDL105")


def _licence(card: Content) -> str:
    found = FRONT_MATTER.match(decoded(card.read(0, MAX_CARD)))
    line = re.search(r"^license:[ \t]*([^\r\n#]+)", found[1], re.MULTILINE) if found else None
    return line[1].strip().strip("\"'")[:80] if line else ""


SIGNS = Signs(is_folder=True)
FORMAT = Format("model-folder", "model repository", claim, read)
