"""The tokens of HCL, each with its line.

Source: HashiCorp, "HCL Native Syntax Specification".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from hauberk.core.errors import Malformed, OverBudget

# Templates inside templates; people write two.
MAX_DEPTH = 32
_SPACE = re.compile(r"[ \t\r]+|#[^\n]*|//[^\n]*")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_IDENT = re.compile(r"[^\W\d][\w-]*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_HEREDOC = re.compile(r"<<(-?)([^\W\d][\w-]*)\r?\n")
_PUNCTUATION = re.compile(r"\.\.\.|=>|==|!=|<=|>=|&&|\|\||[{}\[\]().,:?=!<>+\-*/%]")
_PLAIN = re.compile(r"[^\"\\$%\n]+")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


class Sort(Enum):
    """What a token is."""

    IDENT = "name"
    NUMBER = "number"
    STRING = "text"
    PUNCT = "sign"
    NEWLINE = "end of line"
    END = "end of file"


@dataclass(frozen=True, slots=True)
class Inserted:
    """`${...}` in a text: its source, and the line on which it begins; `%{...}` is a directive."""

    text: str
    line: int
    is_directive: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `parts` are those of a text."""

    sort: Sort
    text: str
    line: int
    parts: tuple[str | Inserted, ...] = ()


def tokens(text: str, line: int = 1) -> Iterator[Token]:
    """Every token, and END. Raises Malformed with the line."""
    at = 0
    while at < len(text):
        if text[at] == "\n":
            yield Token(Sort.NEWLINE, "\n", line)
            at, line = at + 1, line + 1
        elif found := _SPACE.match(text, at):
            at = found.end()
        elif text.startswith("/*", at):
            found = _COMMENT.match(text, at)
            if not found:
                raise Malformed(f"line {line}: a comment has no end")
            line += found.group().count("\n")
            at = found.end()
        elif text[at] == '"':
            parts, end = _quoted(text, at + 1, line)
            yield Token(Sort.STRING, text[at:end], line, parts)
            line += text.count("\n", at, end)
            at = end
        elif found := _HEREDOC.match(text, at):
            end, body = _heredoc(text, found, line)
            yield Token(Sort.STRING, text[at:end], line, tuple(_template(body, line + 1)))
            line += text.count("\n", at, end)
            at = end
        else:
            token, at = _simple(text, at, line)
            yield token
    yield Token(Sort.NEWLINE, "\n", line)
    yield Token(Sort.END, "", line)


def _simple(text: str, at: int, line: int) -> tuple[Token, int]:
    for sort, pattern in ((Sort.IDENT, _IDENT), (Sort.NUMBER, _NUMBER), (Sort.PUNCT, _PUNCTUATION)):
        if found := pattern.match(text, at):
            return Token(sort, found.group(), line), found.end()
    raise Malformed(f"line {line}: {text[at]!r} begins nothing that HCL knows")


def _quoted(text: str, at: int, line: int) -> tuple[tuple[str | Inserted, ...], int]:
    """The parts of a text after its opening quote, and where it ends."""
    parts: list[str | Inserted] = []
    while at < len(text):
        letter = text[at]
        if letter == '"':
            return _joined(parts), at + 1
        if letter == "\n":
            break
        if letter == "\\":
            piece, at = _escaped(text, at, line)
            parts.append(piece)
        elif text.startswith(("$${", "%%{"), at):
            parts.append(text[at + 1 : at + 3])
            at += 3
        elif text.startswith(("${", "%{"), at):
            end = _inserted_end(text, at + 2, line)
            parts.append(Inserted(text[at + 2 : end], line, letter == "%"))
            at = end + 1
        else:
            found = _PLAIN.match(text, at)
            end = found.end() if found else at + 1
            parts.append(text[at:end])
            at = end
    raise Malformed(f"line {line}: a text has no closing quote")


def _escaped(text: str, at: int, line: int) -> tuple[str, int]:
    letter = text[at + 1 : at + 2]
    if letter in _ESCAPES:
        return _ESCAPES[letter], at + 2
    length = {"u": 4, "U": 8}.get(letter, 0)
    digits = text[at + 2 : at + 2 + length]
    if not length or not re.fullmatch(rf"[0-9a-fA-F]{{{length}}}", digits) or int(digits, 16) > 0x10FFFF:
        raise Malformed(f"line {line}: \\{letter} is no escape of HCL")
    return chr(int(digits, 16)), at + 2 + length


def _inserted_end(text: str, at: int, line: int, depth: int = 0) -> int:
    """Where the `}` of an insertion stands: braces and texts inside are stepped over."""
    if depth > MAX_DEPTH:
        raise OverBudget(f"line {line}: templates nest more than {MAX_DEPTH} deep")
    braces = 0
    while at < len(text):
        letter = text[at]
        if letter == "}" and not braces:
            return at
        if letter == '"':
            at = _text_end(text, at + 1, line, depth + 1)
            continue
        braces += {"{": 1, "}": -1}.get(letter, 0)
        at += 1
    raise Malformed(f"line {line}: ${{ has no closing brace")


def _text_end(text: str, at: int, line: int, depth: int) -> int:
    while at < len(text) and text[at] != "\n":
        if text[at] == '"':
            return at + 1
        if text[at] == "\\":
            at += 2
        elif text.startswith(("${", "%{"), at):
            at = _inserted_end(text, at + 2, line, depth) + 1
        else:
            at += 1
    raise Malformed(f"line {line}: a text has no closing quote")


def _heredoc(text: str, found: re.Match[str], line: int) -> tuple[int, str]:
    """Where a here document ends, and its lines."""
    end = re.compile(rf"^[ \t]*{re.escape(found[2])}[ \t]*\r?$", re.MULTILINE).search(text, found.end())
    if end is None:
        raise Malformed(f"line {line}: nothing ends the here document {found[2]}")
    body = text[found.end() : end.start()]
    if found[1]:
        lines = body.split("\n")
        least = min((len(each) - len(each.lstrip()) for each in lines if each.strip()), default=0)
        body = "\n".join(each[least:] for each in lines)
    return end.end(), body


def _template(text: str, line: int) -> Iterator[str | Inserted]:
    at = 0
    for found in re.finditer(r"(?<!\$)\$\{|(?<!%)%\{", text):
        if found.start() < at:
            continue
        here = line + text.count("\n", 0, found.start())
        end = _inserted_end(text, found.end(), here)
        yield text[at : found.start()]
        yield Inserted(text[found.end() : end], here, found.group() == "%{")
        at = end + 1
    yield text[at:].replace("$${", "${").replace("%%{", "%{")


def _joined(parts: list[str | Inserted]) -> tuple[str | Inserted, ...]:
    found: list[str | Inserted] = []
    for each in parts:
        last = found[-1] if found else None
        if isinstance(each, str) and isinstance(last, str):
            found[-1] = last + each
        else:
            found.append(each)
    return tuple(found)
