"""Dockerfiles and Containerfiles: instructions with their lines, grouped into stages.

Source: Docker documentation, "Dockerfile reference"; `man 5 Containerfile`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import OverBudget
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.pipeline.script import Script, Scripted
from hauberk.formats.signs import Signs
from hauberk.formats.text import decoded, is_text

# Bytes and instructions of one file; people write these.
MAX_BYTES = 2 << 20
MAX_INSTRUCTIONS = 5_000
NAMED = re.compile(
    r"^(?!.*\.(?:py|md|rst|txt|[jt]sx?|go|rs|java|rb|sh|json|ya?ml|toml|html?)$)"
    r"(?:[\w-]+\.)?(?:Dockerfile|Containerfile)(?:[.-][\w.-]+)?$|\.(?:dockerfile|containerfile)$",
    re.IGNORECASE,
)
BEGINS = re.compile(rb"^(?:FROM|ARG)\s+\S", re.MULTILINE | re.IGNORECASE)
INSTRUCTION = re.compile(r"\s*(ONBUILD\s+)?([A-Za-z]+)(?:\s+|$)")
FLAG = re.compile(r"--([\w-]+)(?:=(\S*))?\s*")
HEREDOC = re.compile(r"<<-?(['\"]?)([A-Za-z_]\w*)\1")
KEYWORDS = frozenset(
    {
        "FROM",
        "RUN",
        "CMD",
        "LABEL",
        "MAINTAINER",
        "EXPOSE",
        "ENV",
        "ADD",
        "COPY",
        "ENTRYPOINT",
        "VOLUME",
        "USER",
        "WORKDIR",
        "ARG",
        "ONBUILD",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "SHELL",
    }
)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: `text` is what follows the keyword and its flags, joined lines as they stand."""

    keyword: str
    text: str
    line: int
    flags: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> list[str]:
        """The text's words, lines joined; of the JSON form its strings."""
        plain = self.text.replace("\\\n", " ").strip()
        if plain.startswith("["):
            return re.findall(r'"((?:[^"\\]|\\.)*)"', plain)
        return plain.split()

    def flag(self, name: str) -> str:
        """A flag's value; empty if it is not given."""
        return next((value for key, value in self.flags if key == name), "")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: the image that it begins with, its own name, and its instructions after FROM."""

    image: str
    name: str
    line: int
    instructions: tuple[Instruction, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Dockerfile(Scripted):
    """A recipe for an image; `arguments` are those before the first stage, with their defaults.

    `has_ignore` says whether a list keeps files out of the build; None where the files beside are unknown.
    """

    stages: tuple[Stage, ...] = ()
    has_ignore: bool | None = None
    arguments: tuple[tuple[str, str], ...] = ()


def claim(asset: Asset) -> Claim:
    """By its name and an instruction, beside what reads any text."""
    if asset.kind is Kind.FOLDER or not NAMED.search(asset.name):
        return Claim.NONE
    return Claim.NAME if is_text(asset.head, True) and BEGINS.search(asset.head) else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The file's view."""
    if asset.content.size > MAX_BYTES:
        raise OverBudget(f"a recipe of {asset.content.size} bytes is longer than {MAX_BYTES}")
    instructions = tuple(_instructions(decoded(asset.content.read(0, MAX_BYTES))))
    if len(instructions) > MAX_INSTRUCTIONS:
        raise OverBudget(f"a recipe of more than {MAX_INSTRUCTIONS} instructions")
    stages: list[Stage] = []
    arguments: list[tuple[str, str]] = []
    inside: list[Instruction] = []
    for each in instructions:
        if each.keyword == "FROM":
            _close(stages, inside)
            inside = []
            words = [*each.words, "", "", ""]
            stages.append(Stage(words[0], words[2] if words[1].upper() == "AS" else "", each.line))
        elif stages:
            inside.append(each)
        elif each.keyword == "ARG":
            name, _, value = each.text.strip().partition("=")
            arguments.append((name, value.strip("\"'")))
    _close(stages, inside)
    yield Dockerfile(
        locator=asset.locator,
        scripts=tuple(
            Script(each.text, each.line)
            for each in instructions
            if each.keyword == "RUN" and not each.text.lstrip().startswith("[")
        ),
        stages=tuple(stages),
        arguments=tuple(arguments),
        has_ignore=None
        if asset.files is None
        else any(each.endswith(".dockerignore") for each in asset.files),
    )


def _close(stages: list[Stage], inside: list[Instruction]) -> None:
    if stages:
        last = stages[-1]
        stages[-1] = Stage(last.image, last.name, last.line, tuple(inside))


def _instructions(text: str) -> Iterator[Instruction]:
    lines = text.replace("\r\n", "\n").split("\n")
    first = re.match(r"(?:#[^\n]*\n)*?#\s*escape\s*=\s*(`)", text)
    escape = first[1] if first else "\\"
    at = 0
    while at < len(lines):
        found = INSTRUCTION.match(lines[at])
        if lines[at].lstrip().startswith("#") or not found or found[2].upper() not in KEYWORDS:
            at += 1
            continue
        start, parts = at, [lines[at][found.end() :]]
        while parts[-1].rstrip().endswith(escape) and at + 1 < len(lines):
            at += 1
            parts[-1] = parts[-1].rstrip()[:-1] + "\\"
            # A comment or an empty line inside goes away, and the instruction goes on behind it.
            is_nothing = not lines[at].strip() or lines[at].lstrip().startswith("#")
            parts.append("\\" if is_nothing and escape == "\\" else lines[at])
        at += 1
        if found[2].upper() in ("RUN", "COPY", "ADD"):
            for word in [each[2] for each in HEREDOC.finditer(parts[-1])]:
                while at < len(lines) and lines[at].strip() != word:
                    parts.append(lines[at])
                    at += 1
                at += 1
        yield _instruction(found[2].upper(), "\n".join(parts), start + 1)


def _instruction(keyword: str, text: str, line: int) -> Instruction:
    flags = []
    rest = text
    while keyword in ("RUN", "COPY", "ADD", "FROM", "HEALTHCHECK"):
        skipped = len(rest) - len(rest.lstrip(" \t\\\n"))
        found = FLAG.match(rest, skipped)
        if not found:
            break
        flags.append((found[1], found[2] or ""))
        line += rest.count("\n", 0, found.end())
        rest = rest[found.end() :]
    if keyword == "RUN" and (heredoc := HEREDOC.match(rest.lstrip())):
        # The document is the script.
        head, _, body = rest.partition("\n")
        if not head.replace(heredoc[0], "").strip():
            rest, line = body, line + 1
    return Instruction(keyword, rest, line, tuple(flags))


SIGNS = Signs(names=("ockerfile", "ontainerfile", "OCKERFILE"))
FORMAT = Format("dockerfile", "Dockerfile", claim, read)
