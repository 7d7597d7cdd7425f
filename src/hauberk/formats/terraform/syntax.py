"""HCL as blocks, attributes and expressions, each with its line.

Expressions that calculate (operators, conditions, loops) are kept as text: nobody guesses what they give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hauberk.core.errors import Malformed, OverBudget
from hauberk.formats.terraform.tokens import Inserted, Sort, Token, tokens

# Brackets inside brackets, blocks inside blocks; generated modules have 15.
MAX_DEPTH = 64
MAX_TOKENS = 2_000_000
OPENING, CLOSING = "([{", ")]}"
# What goes on with an expression after its first part.
OPERATORS = frozenset({"==", "!=", "<", ">", "<=", ">=", "&&", "||", "+", "-", "*", "/", "%", "?", "!"})


@dataclass(frozen=True, slots=True)
class Reference:
    """`aws_s3_bucket.lake.arn`; an index is a step too."""

    steps: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.steps)


@dataclass(frozen=True, slots=True)
class Call:
    """`jsonencode(...)`."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A text with insertions."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Opaque:
    """An expression that is not worked out: its tokens."""

    text: str


@dataclass(frozen=True, slots=True)
class Pairs:
    """An object: key, value and the value's line; a key that is calculated is left out, and said so."""

    items: tuple[tuple[str, Expression, int], ...]
    is_whole: bool = True


Expression = (
    str | float | bool | None | tuple["Expression", ...] | Reference | Call | Template | Opaque | Pairs
)


@dataclass(frozen=True, slots=True)
class Attribute:
    """The value of an argument, and its line."""

    value: Expression
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """`type "label" "label" { ... }`."""

    type: str
    labels: tuple[str, ...]
    line: int
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()

    def all(self, type: str) -> tuple[Block, ...]:
        """The inner blocks of one type; `dynamic` ones are of the type that they make."""
        return tuple(
            each
            for each in self.blocks
            if each.type == type or (each.type == "dynamic" and each.labels == (type,))
        )


def blocks(text: str) -> tuple[Block, ...]:
    """The blocks of a file. Raises Malformed with the line, and OverBudget."""
    return _Parser(text, 1).file().blocks


def settings(text: str) -> Mapping[str, Attribute]:
    """The arguments of a file of values (`terraform.tfvars`)."""
    return _Parser(text, 1).file().attributes


class _Parser:
    def __init__(self, text: str, line: int, depth: int = 0) -> None:
        self._tokens: list[Token] = []
        for each in tokens(text, line):
            self._tokens.append(each)
            if len(self._tokens) > MAX_TOKENS:
                raise OverBudget(f"more than {MAX_TOKENS} tokens in one file")
        self._at = 0
        self._depth = depth

    def file(self) -> Block:
        return self._body(Sort.END)

    def expression_alone(self) -> Expression:
        """The one expression of an insertion."""
        self._skip_lines()
        found = self._expression("")
        self._skip_lines()
        if self._next.sort is not Sort.END:
            raise self._unexpected("the end of the insertion")
        return found

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _is(self, text: str) -> bool:
        return self._next.sort is Sort.PUNCT and self._next.text == text

    def _skip_lines(self) -> None:
        while self._next.sort is Sort.NEWLINE:
            self._at += 1

    def _unexpected(self, wanted: str) -> Malformed:
        found = self._next
        what = found.sort.value if found.sort in (Sort.NEWLINE, Sort.END) else repr(found.text[:40])
        return Malformed(f"line {found.line}: {what} where {wanted} was expected")

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise OverBudget(f"line {self._next.line}: nests more than {MAX_DEPTH} deep")

    def _body(self, end: Sort | str) -> Block:
        attributes: dict[str, Attribute] = {}
        inner: list[Block] = []
        self._deeper()
        while True:
            self._skip_lines()
            if self._next.sort is end or (isinstance(end, str) and self._is(end)):
                break
            name = self._take()
            if name.sort is not Sort.IDENT:
                self._at -= 1
                raise self._unexpected("the name of an argument or block")
            if self._is("="):
                self._take()
                if name.text in attributes:
                    raise Malformed(f"line {name.line}: {name.text} is set twice in one block")
                attributes[name.text] = Attribute(self._expression("\n"), name.line)
                if self._next.sort is not Sort.NEWLINE and not (isinstance(end, str) and self._is(end)):
                    raise self._unexpected("the end of the line")
            else:
                inner.append(self._block(name))
        self._depth -= 1
        return Block("", (), self._next.line, attributes, tuple(inner))

    def _block(self, name: Token) -> Block:
        labels: list[str] = []
        while self._next.sort in (Sort.STRING, Sort.IDENT):
            token = self._take()
            parts = token.parts if token.sort is Sort.STRING else (token.text,)
            labels.append("".join(each if isinstance(each, str) else each.text for each in parts))
        if not self._is("{"):
            raise self._unexpected("= or {")
        self._take()
        body = self._body("}")
        self._take()
        return Block(name.text, tuple(labels), name.line, body.attributes, body.blocks)

    def _expression(self, until: str) -> Expression:
        """One expression; with `until` "\\n" an end of line ends it, else lines do not count."""
        start = self._at
        found = self._part(until)
        if not until:
            self._skip_lines()
        token = self._next
        goes_on = token.sort is Sort.PUNCT and token.text in OPERATORS
        return self._opaque(start, until) if goes_on else found

    def _opaque(self, start: int, until: str) -> Opaque:
        """Everything up to where the expression ends, unread."""
        depth = 0
        self._at = start
        while True:
            token = self._next
            if token.sort is Sort.END:
                break
            if token.sort is Sort.NEWLINE and not depth and until and not self._is_unfinished(start):
                break
            if token.sort is Sort.PUNCT:
                if not depth and token.text in (",", ")", "]", "}", "=>"):
                    break
                depth += (token.text in OPENING) - (token.text in CLOSING)
            self._at += 1
        words = [each.text for each in self._tokens[start : self._at] if each.sort is not Sort.NEWLINE]
        return Opaque(" ".join(words)[:400])

    def _is_unfinished(self, start: int) -> bool:
        last = self._tokens[self._at - 1] if self._at > start else None
        return last is not None and last.sort is Sort.PUNCT and last.text in OPERATORS | {":"}

    def _part(self, until: str) -> Expression:
        if not until:
            self._skip_lines()
        start, token = self._at, self._take()
        if token.sort is Sort.NUMBER:
            return float(token.text) if not token.text.isdigit() else int(token.text)
        if token.sort is Sort.STRING:
            return self._text(token)
        if token.sort is Sort.IDENT:
            return self._named(token)
        if token.sort is Sort.PUNCT and token.text in OPENING:
            self._deeper()
            found = self._bracketed(token, start)
            self._depth -= 1
            return found
        if token.sort is Sort.PUNCT and token.text in ("-", "!"):
            return self._opaque(start, until)
        self._at = start
        raise self._unexpected("a value")

    def _text(self, token: Token) -> Expression:
        parts = [each if isinstance(each, str) else self._inserted(each) for each in token.parts]
        parts = [each for each in parts if each != ""]
        if all(isinstance(each, str) for each in parts):
            return "".join(str(each) for each in parts)
        return parts[0] if len(parts) == 1 else Template(tuple(parts))

    def _inserted(self, part: Inserted) -> Expression:
        if part.is_directive:
            return Opaque(part.text)
        if self._depth > MAX_DEPTH:
            raise OverBudget(f"line {part.line}: nests more than {MAX_DEPTH} deep")
        return _Parser(part.text.strip("~"), part.line, self._depth + 1).expression_alone()

    def _named(self, token: Token) -> Expression:
        if token.text in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[token.text]
        if self._is("("):
            self._take()
            self._deeper()
            arguments = self._listed(")")
            self._depth -= 1
            return Call(token.text, arguments)
        steps = [token.text]
        start = self._at - 1
        while self._is(".") or self._is("["):
            is_step = self._take().text == "."
            if is_step and self._next.sort in (Sort.IDENT, Sort.NUMBER):
                steps += self._take().text.split(".")
            elif is_step and self._is("*"):
                steps.append(self._take().text)
            elif not is_step and self._next.sort in (Sort.NUMBER, Sort.STRING):
                steps.append(self._take().text.strip('"'))
                if not self._is("]"):
                    return self._rest(start)
                self._take()
            else:
                return self._rest(start)
        return Reference(tuple(steps))

    def _rest(self, start: int) -> Expression:
        """A reference with a calculated index."""
        return self._opaque(start, "\n" if self._depth <= 1 else "")

    def _bracketed(self, token: Token, start: int) -> Expression:
        self._skip_lines()
        if self._next.sort is Sort.IDENT and self._next.text == "for":
            return self._loop(start)
        if token.text == "[":
            return self._listed("]")
        if token.text == "{":
            return self._object()
        inner = self._expression("")
        self._skip_lines()
        if not self._is(")"):
            raise self._unexpected(")")
        self._take()
        return inner

    def _loop(self, start: int) -> Opaque:
        depth = 0
        self._at = start
        while True:
            token = self._take()
            if token.sort is Sort.END:
                self._at -= 1
                raise self._unexpected("the end of the loop")
            if token.sort is Sort.PUNCT:
                depth += (token.text in OPENING) - (token.text in CLOSING)
                if not depth:
                    break
        return Opaque(" ".join(each.text for each in self._tokens[start : self._at])[:400])

    def _listed(self, end: str) -> tuple[Expression, ...]:
        found: list[Expression] = []
        while True:
            self._skip_lines()
            if self._is(end):
                self._take()
                return tuple(found)
            found.append(self._expression(""))
            self._skip_lines()
            if self._is("..."):
                self._take()
                self._skip_lines()
            if self._is(","):
                self._take()
            elif not self._is(end):
                raise self._unexpected(f", or {end}")

    def _object(self) -> Pairs:
        found: list[tuple[str, Expression, int]] = []
        is_whole = True
        while True:
            self._skip_lines()
            if self._is("}"):
                self._take()
                return Pairs(tuple(found), is_whole)
            line = self._next.line
            key = self._part("\n")
            if not (self._is("=") or self._is(":")):
                raise self._unexpected("= or :")
            self._take()
            value = self._expression("\n")
            name = str(key) if isinstance(key, (str, Reference, int)) else None
            if name is None:
                is_whole = False
            else:
                found.append((name, value, line))
            if self._is(","):
                self._take()
