"""What a model card declares: its front matter, its sections, and its lines of the form `**Name:** value`.

Source: huggingface_hub, `modelcard_template.md` and `datasetcard_template.md`; model-index specification.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from hauberk.attest.bom.bom import (
    Ancestor,
    Dataset,
    Dependency,
    Energy,
    Fact,
    Field,
    Grade,
    Licensed,
    Metric,
    Proof,
)
from hauberk.core.finding import Place
from hauberk.formats.licence import licence_of
from hauberk.formats.model_card import ModelCard, Node, Section, said

# Results of one card: leaderboards have some thousand.
MAX_RESULTS = 5_000
# Characters of a text in front matter or in a line that are kept.
MAX_TEXT = 1_000
GRAMS_PER_TONNE = 1_000_000
KILOGRAMS_PER_TONNE = 1_000
Noun = Fact | Licensed | Dataset | Ancestor | Metric | Energy | Dependency

FRONT = {
    Field.NAME: ("model_name", "pretty_name"),
    Field.VERSION: ("version", "model_version", "revision"),
    Field.DESCRIPTION: ("description", "summary"),
    Field.SUPPLIER: ("model_creator", "author", "authors", "organization", "developers"),
    Field.PURPOSE: ("pipeline_tag", "task_categories"),
    Field.DOMAIN: ("domain", "domains"),
    Field.LANGUAGE: ("language", "languages"),
    Field.REPOSITORY: ("repo", "repository", "github", "source"),
    Field.RELEASED: ("release_date", "date_released"),
    Field.DOWNLOAD: ("download_location", "url"),
    Field.THRESHOLD: ("threshold", "decision_threshold"),
}
LABELS = {
    Field.VERSION: ("version", "model version"),
    Field.SUPPLIER: ("developed by", "model creator", "developer", "model developers", "author", "authors",
                     "organization", "shared by", "curated by"),
    Field.MODEL_TYPE: ("model type", "type"),
    Field.DOMAIN: ("domain",),
    Field.REPOSITORY: ("repository", "code", "github", "source code"),
    Field.PAPER: ("paper",),
    Field.CONTACT: ("contact", "point of contact"),
    Field.RELEASED: ("release date", "model release date"),
    Field.THRESHOLD: ("threshold", "decision threshold"),
    Field.SENSITIVE: ("personal and sensitive information", "sensitive data", "personal data"),
    Field.COMPUTE: ("hardware type", "hardware", "compute region", "cloud provider", "hours used"),
}  # fmt: skip
SECTIONS = {
    Field.DESCRIPTION: r"^(?:model |dataset )?(?:description|summary|overview)$|^introduction$|^about\b",
    Field.INTENDED_USE: r"^(?:(?:direct|primary|recommended) )?uses?\b|intended use|^usage$|use cases?",
    Field.OUT_OF_SCOPE: r"out.of.scope",
    Field.LIMITATION: r"limitation|\bbias(?:es)?\b|caveat",
    Field.SAFETY: r"\bsafety\b|\brisks?\b|\bharms?\b|red.?team|responsible",
    Field.ETHICS: r"\bethic",
    Field.TRAINING: r"^training (?:details|procedure|process|data|setup)|^(?:pre-?)?training$|fine-?tuning$",
    Field.PREPROCESSING: r"pre-?processing|data preparation|data collection and processing",
    Field.SENSITIVE: r"sensitive|personal (?:data|information)|privacy",
    Field.EXPLAINABILITY: r"model examination|interpretab|explainab",
    Field.THRESHOLD: r"threshold",
    Field.CONTACT: r"\bcontact\b",
    Field.COMPUTE: r"compute infrastructure|^hardware$",
}
DATA_LABELS = ("training dataset", "training datasets", "dataset", "datasets")
TITLES = {field: re.compile(pattern, re.IGNORECASE) for field, pattern in SECTIONS.items()}
SETTINGS = re.compile(r"hyper-?parameters", re.IGNORECASE)
VERSIONS = re.compile(r"framework versions|^software$", re.IGNORECASE)
BULLET = re.compile(r"\s*[-*+]\s+`?([A-Za-z][\w .-]{0,60}?)`?\s*[:=]\s*(.{1,300})$")
RESULTS = re.compile(r"(?:validation|evaluation|test|eval) (?:metrics|results)$|^metrics$", re.IGNORECASE)
# What the trainer of transformers writes above its results.
ACHIEVED = "following results on the"
RESULT = re.compile(
    r"\s*[-*+]\s+([A-Za-z][\w @.-]{0,60}?)\s*:\s*(-?\d[\d.,]{0,30}(?:e-?\d{1,3})?%?)\s*$",
    re.IGNORECASE,
)
LIBRARY = re.compile(r"\s*[-*+]\s+([A-Za-z][\w.-]{0,60}(?: [A-Z][\w-]{0,20})?)[:\s]+v?(\d[\w.+-]{0,40})\s*$")
NUMBER = re.compile(
    r"~?\s*(\d[\d,]*(?:\.\d+)?)\s*(kg|g|t|tonnes?|tons?|kwh|mwh)?(?:\s*co2\w*)?(?!\w)", re.IGNORECASE
)
# Hyperparameters that people write as lines of their own.
TRAINED_WITH = (
    "batch size", "optimizer", "learning rate", "number of epochs", "epochs", "number of training steps",
    "warmup steps", "maximum sequence length", "similarity function", "training regime",
)  # fmt: skip
ARXIV = re.compile(r"arxiv:(\d{4}\.\d{4,5})")
LINK = re.compile(r"\[([^\]]{0,300})\]\((https?://[^\s)]{1,500})\)")


class CardFacts:
    """The facts of one card."""

    def __init__(self, card: ModelCard) -> None:
        self.card = card
        self.front = card.front

    def all(self) -> Iterator[Noun]:
        """Everything that the card says, front matter first."""
        yield from self._front()
        yield from self._lineage()
        yield from self._results()
        yield from self._emissions()
        yield from self._labels()
        yield from self._sections()
        yield from self._settings()

    def _proof(self, line: int) -> Proof:
        return Proof(Grade.DECLARED, Place(self.card.name, line=line))

    def _front(self) -> Iterator[Noun]:
        for field, keys in FRONT.items():
            for key in keys:
                for each in self.front.texts(key):
                    yield Fact(field, each.text[:MAX_TEXT], self._proof(each.line))
        other = [each for key in ("license_name", "license_link") for each in self.front.texts(key)]
        for each in self.front.texts("license"):
            is_named = each.text.lower() in ("other", "unknown") and other
            yield Licensed(licence_of(other[0].text if is_named else each.text), self._proof(each.line))
        for each in self.front.texts("datasets"):
            yield Dataset(each.text[:MAX_TEXT], Field.TRAINING_SET, self._proof(each.line))
        for each in self.front.texts("library_name"):
            yield Dependency(each.text[:MAX_TEXT], "", self._proof(each.line))
        inference = self.front.at("inference", "parameters")
        for key, node in (inference.fields if inference else {}).items():
            if node.text:
                proof = self._proof(node.line)
                yield Fact(Field.HYPERPARAMETER, node.text[:200], proof, f"inference {key[:60]}")
        for each in self.front.texts("tags"):
            if found := ARXIV.fullmatch(each.text):
                yield Fact(Field.PAPER, f"https://arxiv.org/abs/{found[1]}", self._proof(each.line))

    def _lineage(self) -> Iterator[Noun]:
        relation = next((each.text for each in self.front.texts("base_model_relation")), "")
        declared = self.front.texts("base_model")
        for each in declared:
            yield Ancestor(each.text[:MAX_TEXT], relation[:40], self._proof(each.line))
        label = self.card.label("finetuned from model", "fine-tuned from model", "base model")
        if label and not declared:
            yield Ancestor(_plain(label.text), "finetune", self._proof(label.line))

    def _results(self) -> Iterator[Noun]:
        index = self.front.at("model-index")
        told = 0
        for model in index.items if index else ():
            for each in model.texts("name"):
                yield Fact(Field.NAME, each.text[:MAX_TEXT], self._proof(each.line))
            results = model.at("results")
            for result in results.items if results else ():
                told += 1
                if told <= MAX_RESULTS:
                    yield from self._result(result)

    def _result(self, result: Node) -> Iterator[Noun]:
        named = [*result.texts("dataset", "name"), *result.texts("dataset", "type")]
        dataset = named[0].text[:MAX_TEXT] if named else ""
        split = next((each.text[:MAX_TEXT] for each in result.texts("dataset", "split")), "")
        if named:
            yield Dataset(dataset, Field.TEST_SET, self._proof(named[0].line))
        metrics = result.at("metrics")
        for each in metrics.items if metrics else ():
            kinds, values = [*each.texts("type"), *each.texts("name")], each.texts("value")
            if kinds and values:
                proof = self._proof(each.line)
                yield Metric(kinds[0].text[:MAX_TEXT], values[0].text[:MAX_TEXT], dataset, split, proof)

    def _emissions(self) -> Iterator[Noun]:
        """The Hub's `co2_eq_emissions` are grams; the template's "Carbon Emitted" says its unit or is kg."""
        node = self.front.at("co2_eq_emissions")
        for each in (*(node.texts("emissions") if node else ()), *self.front.texts("co2_eq_emissions")):
            if (grams := _number(each.text)) is not None:
                yield Energy(grams / GRAMS_PER_TONNE, "tCO2eq", self._proof(each.line))
        yield from self._carbon()
        for name in ("hardware_used", "geographical_location", "training_type"):
            for each in node.texts(name) if node else ():
                yield Fact(Field.COMPUTE, each.text[:MAX_TEXT], self._proof(each.line), name)

    def _carbon(self) -> Iterator[Noun]:
        carbon = self.card.label("carbon emitted", "co2 emissions", "carbon emissions", "emissions")
        found = NUMBER.match(carbon.text) if carbon else None
        if carbon and found and (amount := _number(found[1])) is not None:
            unit = (found[2] or "kg").lower()
            scale = {"kg": KILOGRAMS_PER_TONNE, "g": GRAMS_PER_TONNE}.get(unit, 1)
            if not unit.endswith("wh"):
                yield Energy(amount / scale, "tCO2eq", self._proof(carbon.line))
        used = self.card.label("energy consumed", "energy consumption", "total energy consumption", "energy")
        found = NUMBER.match(used.text) if used else None
        if used and found and (amount := _number(found[1])) is not None:
            unit = (found[2] or "").lower()
            if unit in ("kwh", "mwh"):
                yield Energy(amount * (1000 if unit == "mwh" else 1), "kWh", self._proof(used.line))

    def _labels(self) -> Iterator[Noun]:
        for field, names in LABELS.items():
            for name in names:
                if label := self.card.label(name):
                    text = (
                        _target(label.text)
                        if field in (Field.REPOSITORY, Field.PAPER)
                        else _plain(label.text)
                    )
                    is_named = field is Field.COMPUTE
                    yield Fact(field, text[:MAX_TEXT], self._proof(label.line), name if is_named else "")
        if (label := self.card.label("license", "licence")) and not self.front.texts("license"):
            yield Licensed(licence_of(_plain(label.text)), self._proof(label.line))
        for name in TRAINED_WITH:
            if label := self.card.label(name):
                yield Fact(Field.HYPERPARAMETER, _plain(label.text)[:200], self._proof(label.line), name)
        data = [("training data", Field.TRAINING_SET), ("testing data", Field.TEST_SET)]
        data += [(name, Field.TRAINING_SET) for name in DATA_LABELS if not self.front.texts("datasets")]
        for name, field in data:
            if label := self.card.label(name):
                yield Dataset(_plain(label.text)[:MAX_TEXT], field, self._proof(label.line))

    def _sections(self) -> Iterator[Noun]:
        first = next((each for each in self.card.sections if each.level == 1 and each.title), None)
        if first is not None:
            yield Fact(Field.NAME, _plain(first.title)[:200], self._proof(first.line))
        for field, title in TITLES.items():
            if found := self.card.prose(title):
                yield Fact(field, found.text, self._proof(found.line))
        if first is not None and (text := _paragraph(first)):
            yield Fact(Field.DESCRIPTION, text, self._proof(first.line))

    def _settings(self) -> Iterator[Noun]:
        for section in self.card.sections:
            lines = enumerate(section.text.split("\n"), section.line + 1)
            if SETTINGS.search(section.title):
                for line, each in lines:
                    found = BULLET.match(each[:500])
                    if found and said(found[2]):
                        text = said(found[2])[:200]
                        yield Fact(Field.HYPERPARAMETER, text, self._proof(line), found[1].strip())
            elif VERSIONS.search(section.title):
                for line, each in lines:
                    if found := LIBRARY.match(each[:200]):
                        yield Dependency(found[1].lower(), found[2], self._proof(line))
            elif RESULTS.search(section.title) or ACHIEVED in section.text:
                for line, each in lines:
                    if found := RESULT.match(each[:200]):
                        yield Metric(found[1].strip(), found[2], "", "", self._proof(line))


def _number(text: str) -> float | None:
    try:
        found = float(text.replace(",", "")) if len(text) <= 40 else math.nan
    except ValueError:
        return None
    return found if math.isfinite(found) and found >= 0 else None


def _plain(text: str) -> str:
    """Without links, stars and ticks."""
    return LINK.sub(r"\1", text[: MAX_TEXT * 2]).strip(" *_`")


def _target(text: str) -> str:
    """Where a link leads; the text itself where there is none."""
    found = LINK.search(text[: MAX_TEXT * 2])
    return found[2] if found else _plain(text).strip("<>")


def _paragraph(section: Section) -> str:
    """The first paragraph of prose: no list, image, table or badge."""
    for each in re.split(r"\n\s*\n", section.text[:20_000]):
        text = said(each)
        if len(text) > 20 and not text.startswith(("|", "!", "<", "[!", "```", "- ", "* ", ">")):
            return _plain(text)[:MAX_TEXT]
    return ""
