"""Shell text as simple commands: words, redirections, operators; nothing is run or expanded.

Tolerant, since CI text is also PowerShell, or has `${{ }}` in it: what is not understood stays in a word.
Source: POSIX.1-2017, "Shell Command Language", sections 2.2, 2.3, 2.7 and 2.9.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from hauberk.formats.pipeline.script import Script

# Commands of one script, and command substitutions inside each other, that are looked into.
MAX_COMMANDS = 5_000
MAX_NESTED = 4
# Characters that are looked through for the ends of substitutions, of one script and of each one.
MAX_SEARCHED = 1_000_000
MAX_SUBSTITUTION = 20_000
OPERATORS = ("&&", "||", ";;", "|&", "|", ";", "&", "\n", "(", ")")
# Words before a command that leave it the same command.
LEADERS = frozenset(
    {
        "if",
        "then",
        "elif",
        "else",
        "do",
        "while",
        "until",
        "!",
        "{",
        "time",
        "sudo",
        "exec",
        "command",
        "nohup",
        "env",
        "call",
        "winpty",
        "doas",
    }
)
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
REDIRECT = re.compile(r"(?:\d|&)?(?:>>|>\||>&|<<<|<<-?|>|<&|<)")
PLAIN = re.compile(r"[^\s;|&<>()'\"$\\`]+")
HEREDOC = re.compile(r"<<-?\s*(['\"]?)([\w.-]+)\1")


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command. `before` and `after` are the operators on its sides; `raw` is its text.

    `assigned` are the assignments in front of it, `written` and `read` what it is redirected to and from.
    """

    words: tuple[str, ...]
    line: int
    before: str = "\n"
    after: str = "\n"
    assigned: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    raw: str = ""
    is_inner: bool = False  # inside `$( )`: its exit code rarely counts

    @property
    def name(self) -> str:
        """The program's name without its folder."""
        return self.words[0].rsplit("/", 1)[-1] if self.words else ""

    def option(self, *names: str) -> str | None:
        """The value of an option (`--x v`, `--x=v`); empty where it has none, None where it is not there."""
        for place, word in enumerate(self.words[1:], 1):
            for name in names:
                if word == name:
                    after = self.words[place + 1] if place + 1 < len(self.words) else ""
                    return "" if after.startswith("-") else after
                if word.startswith(f"{name}=") or (_is_short(name) and word.startswith(name)):
                    return word[len(name) :].removeprefix("=")
        return None

    def has(self, *names: str) -> bool:
        """Whether one of these options or words is there."""
        return any(word == name or word.startswith(f"{name}=") for word in self.words for name in names)


def _is_short(name: str) -> bool:
    return len(name) == 2 and name[0] == "-" and name[1] != "-"


def commands_in(scripts: Iterable[Script]) -> Iterator[Command]:
    """The commands of several scripts, in their order."""
    for each in scripts:
        yield from commands_of(each)


@lru_cache(20_000)
def commands_of(script: Script) -> tuple[Command, ...]:
    """The commands of one script, in the order in which they stand; inner ones after the one they are in."""
    found: list[Command] = []
    _Reader(script, found, [MAX_SEARCHED]).read(0, len(script.text), 0)
    return tuple(found)


@dataclass(slots=True)
class _Building:
    """The command that is being read."""

    words: list[str] = field(default_factory=list)
    assigned: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    redirect: str = ""
    start: int = -1
    inner: list[tuple[int, int]] = field(default_factory=list)
    left: list[int] = field(default_factory=list)  # characters that may still be searched, shared


@dataclass(slots=True)
class _Reader:
    """One script, what was found in it so far, and what may still be searched."""

    script: Script
    found: list[Command]
    left: list[int]

    def read(self, at: int, end: int, depth: int) -> None:
        """Find the commands of one stretch of the text."""
        text, before, now = self.script.text, "\n", _Building(left=self.left)
        waiting: list[str] = []
        while at < end and len(self.found) < MAX_COMMANDS:
            char = text[at]
            if char in " \t\r":
                at += 1
            elif text.startswith(("\\\n", "\\\r\n", "`\n"), at):
                at = text.index("\n", at) + 1
            elif char == "#" and (at == 0 or text[at - 1] in " \t\n;"):
                at = _until_newline(text, at, end)
            elif redirect := REDIRECT.match(text, at, end):
                at = _redirected(redirect, HEREDOC.match(text, at, end), now, waiting)
            elif operator := next((each for each in OPERATORS if text.startswith(each, at)), ""):
                self._finish(now, at, (before, operator), depth)
                before, now = operator, _Building(left=self.left)
                at += len(operator)
                if operator == "\n" and waiting:
                    at = _after_documents(text, at, end, waiting)
            else:
                at = _take(text, at, end, now)
        self._finish(now, end, (before, "\n"), depth)

    def _finish(self, now: _Building, at: int, between: tuple[str, str], depth: int) -> None:
        start = max(now.start, 0)
        if now.words or now.assigned or now.written:
            made = Command(
                tuple(now.words),
                self.script.line_at(start),
                *between,
                tuple(now.assigned),
                tuple(now.written),
                tuple(now.read),
                self.script.text[start:at].strip(),
                depth > 0,
            )
            self.found.append(made)
        if depth < MAX_NESTED:
            for start, stop in now.inner:
                self.read(start, stop, depth + 1)


def _redirected(
    redirect: re.Match[str], heredoc: re.Match[str] | None, now: _Building, waiting: list[str]
) -> int:
    if heredoc:
        waiting.append(heredoc[2])
        return heredoc.end()
    now.redirect = redirect[0]
    return redirect.end()


def _until_newline(text: str, at: int, end: int) -> int:
    newline = text.find("\n", at, end)
    return end if newline < 0 else newline


def _after_documents(text: str, at: int, end: int, waiting: list[str]) -> int:
    """Behind the here-documents whose words are waiting."""
    while waiting and at < end:
        stop = _until_newline(text, at, end)
        if text[at:stop].strip() == waiting[0]:
            waiting.pop(0)
        at = stop + 1
    waiting.clear()
    return min(at, end)


def _take(text: str, at: int, end: int, now: _Building) -> int:
    """Read one word into the command."""
    start, parts = at, []
    while at < end and text[at] not in " \t\r\n;|&<>()":
        stop = _part_end(text, at, end, now)
        part = text[at:stop]
        is_quoted = len(part) > 1 and part[0] in "'\"" and part[-1] == part[0]
        parts.append(part[1:-1] if is_quoted else part)
        at = stop
    if at == start:
        parts, at = [text[at]], at + 1
    word = "".join(parts)
    now.start = start if now.start < 0 else now.start
    if now.redirect:
        if not now.redirect.endswith("&"):
            (now.read if "<" in now.redirect else now.written).append(word)
        now.redirect = ""
    elif not now.words and ASSIGNMENT.match(word):
        now.assigned.append(word)
    elif now.words or word not in LEADERS:
        now.words.append(word)
    return at


def _part_end(text: str, at: int, end: int, now: _Building) -> int:
    if plain := PLAIN.match(text, at, end):
        return plain.end()
    char = text[at]
    if text.startswith("${{", at):
        stop = text.find("}}", at, end)
        return end if stop < 0 else stop + 2
    if char == "'":
        stop = text.find("'", at + 1, end)
        return end if stop < 0 else stop + 1
    if char == '"':
        return _quoted_end(text, at, end, now)
    if text.startswith("$(", at):
        return _substitution_end(text, at, end, now)
    if text.startswith("${", at):
        stop = text.find("}", at, end)
        return end if stop < 0 else stop + 1
    return min(at + (2 if char == "\\" else 1), end)


def _quoted_end(text: str, at: int, end: int, now: _Building) -> int:
    at += 1
    while at < end and text[at] != '"':
        if text.startswith("$(", at):
            at = _substitution_end(text, at, end, now)
        else:
            at += 2 if text[at] == "\\" else 1
    return min(at + 1, end)


def _substitution_end(text: str, at: int, end: int, now: _Building) -> int:
    start, depth = at + 2, 0
    # Brackets inside quotes are rare in substitutions; they only end the inner command early.
    for place in range(at + 1, min(end, at + MAX_SUBSTITUTION, at + now.left[0])):
        depth += (text[place] == "(") - (text[place] == ")")
        if depth == 0:
            now.left[0] -= place - at
            now.inner.append((start, place))
            return place + 1
    now.left[0] -= min(now.left[0], MAX_SUBSTITUTION)
    return min(at + 2, end)
