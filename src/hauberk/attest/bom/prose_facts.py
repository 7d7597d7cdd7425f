"""What a card says in its prose, in no field and no list: bases, data, code and tables of results.

Words can mislead, so all of it is inferred, but for the tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.attest.bom.bom import Ancestor, Dataset, Fact, Field, Grade, Metric, Proof
from hauberk.core.finding import Place
from hauberk.formats.model_card import ModelCard, Section

# Lines that are looked at, characters of each, and results that tables may give.
MAX_LINES = 20_000
MAX_LINE = 4_000
MAX_RESULTS = 1_000
HUB = r"https?://(?:huggingface\.co|hf\.co)/"
NAME = r"(\w[\w.-]{0,95}/\w[\w.-]{0,95})"
BASED = re.compile(
    r"(?:fine-?tuned (?:version of|from|on top of)|based (?:up)?on|on top of|distilled from|merge of|"
    rf"quanti[sz]ed version of)\s+(?:the\s+)?\[[^\]]{{0,200}}\]\({HUB}(?!datasets/|spaces/){NAME}\)",
    re.IGNORECASE,
)
DATA = re.compile(rf"{HUB}datasets/{NAME}", re.IGNORECASE)
CODE = re.compile(
    r"\[[^\]]{0,100}\b(?:source|code|repository|repo|github)\b[^\]]{0,100}\]\((https://[^\s)]{1,300})\)",
    re.IGNORECASE,
)
VALUE = re.compile(r"[*_\s]*(-?\d{1,12}(?:\.\d{1,12})?(?:e-?\d{1,3})?\s?%?)[*_\s]*", re.IGNORECASE)
METRIC_HEADS = ("metric", "metrics")


class ProseFacts:
    """The facts of one card's prose; `name` is what the model is called."""

    def __init__(self, card: ModelCard, name: str) -> None:
        self.card = card
        self.name = name.lower()

    def all(self) -> Iterator[Ancestor | Dataset | Fact | Metric]:
        """Everything that could be inferred."""
        for line, text in self._lines():
            proof = Proof(Grade.INFERRED, Place(self.card.name, line=line))
            for found in BASED.finditer(text):
                yield Ancestor(found[1], "", proof)
            for found in DATA.finditer(text):
                yield Dataset(found[1], Field.TRAINING_SET, proof)
            for found in CODE.finditer(text):
                yield Fact(Field.REPOSITORY, found[1], proof)
        for count, metric in enumerate(self._tables()):
            if count < MAX_RESULTS:
                yield metric

    def _lines(self) -> Iterator[tuple[int, str]]:
        left = MAX_LINES
        for section in self.card.sections:
            lines = section.text.split("\n")[: max(0, left)]
            left -= len(lines)
            for line, text in enumerate(lines, section.line + 1):
                if "](" in text or "://" in text:
                    yield line, text[:MAX_LINE]

    def _tables(self) -> Iterator[Metric]:
        for section in self.card.sections:
            yield from self._table(section)

    def _table(self, section: Section) -> Iterator[Metric]:
        """Rows of metric and value, or the row of the model under a head of metrics."""
        head: list[str] = []
        for line, text in enumerate(section.text.split("\n"), section.line + 1):
            if not text.lstrip().startswith("|"):
                head = []
                continue
            cells = [_plain(each) for each in text[:MAX_LINE].strip().strip("|").split("|")]
            if not head:
                head = cells
                continue
            proof = Proof(Grade.DECLARED, Place(self.card.name, line=line))
            if head[0].lower() in METRIC_HEADS and len(cells) == 2:
                pairs = [(cells[0], cells[1])]
            elif self.name and cells[0].lower().rpartition("/")[2] == self.name:
                pairs = list(zip(head[1:], cells[1:], strict=False))
            else:
                continue
            for kind, value in pairs:
                if kind and (found := VALUE.fullmatch(value)):
                    yield Metric(kind[:200], found[1], "", "", proof)


def _plain(cell: str) -> str:
    return re.sub(r"\[([^\]]{0,300})\]\([^)]{0,500}\)", r"\1", cell).strip(" *_`")
