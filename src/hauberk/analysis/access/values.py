"""What one value of a condition key can be: texts, stretches of numbers or dates, networks.

Source: AWS IAM user guide, "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from itertools import pairwise

from hauberk.analysis.access.globs import Glob, text_glob
from hauberk.analysis.access.words import find_text
from hauberk.core.errors import Undecided

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """The numbers, or the dates in seconds since 1970, between two ends."""

    low: float = -math.inf
    high: float = math.inf
    has_low: bool = False
    has_high: bool = False
    is_date: bool = False

    def matches(self, text: str) -> bool:
        """Whether the text is such a number or date."""
        number = moment(text) if self.is_date else amount(text)
        return number is not None and self.holds(number)

    def holds(self, number: float) -> bool:
        """Whether the number lies between the ends."""
        above = number > self.low or (self.has_low and number == self.low)
        return above and (number < self.high or (self.has_high and number == self.high))

    def __str__(self) -> str:
        return f"{'[' if self.has_low else '('}{self.low}, {self.high}{']' if self.has_high else ')'}"


@dataclass(frozen=True, slots=True)
class Block:
    """The addresses of a network."""

    network: IPv4Network | IPv6Network

    def matches(self, text: str) -> bool:
        """Whether the text is an address, or a network, inside."""
        found = _network(text)
        return found is not None and _is_within(found, self.network)

    def __str__(self) -> str:
        return str(self.network)


@dataclass(frozen=True, slots=True)
class Rest:
    """Whatever is in none of the sets."""

    sets: tuple[Values, ...]

    def matches(self, text: str) -> bool:
        """Whether no set has the text."""
        return not any(each.matches(text) for each in self.sets)

    def __str__(self) -> str:
        return "none of " + ", ".join(map(str, self.sets))


@dataclass(frozen=True, slots=True)
class Nothing:
    """No value at all, because `why`: what the policy compares with is no value of the operator's type."""

    why: str

    def matches(self, _text: str) -> bool:
        """Never."""
        return False

    def __str__(self) -> str:
        return f"nothing ({self.why})"


Values = Glob | Span | Block | Rest | Nothing


def one_of(*sets: Values) -> Values:
    """The values that are in one of the sets."""
    return Rest((Rest(sets),))


def amount(text: str) -> float | None:
    """The number that the text is."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and text.strip() == text and "_" not in text else None


@lru_cache(maxsize=4096)
def moment(text: str) -> float | None:
    """Seconds since 1970 of an ISO 8601 date, or of such a number itself."""
    number = amount(text)
    if number is not None:
        return number
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        return None
    return ((date if date.tzinfo else date.replace(tzinfo=UTC)) - EPOCH).total_seconds()


def truth(text: str) -> Values:
    """The set of Bool: `true` and `false` without regard to case, and nothing else."""
    if text.lower() not in ("true", "false"):
        return Nothing(f"{text!r} is neither true nor false")
    return text_glob(text.lower(), folds=True)


def octets(text: str) -> Values:
    """The set of BinaryEquals: the Base64 text of the same bytes."""
    try:
        return text_glob(base64.b64encode(base64.b64decode(text, validate=True)).decode())
    except (binascii.Error, ValueError):
        return Nothing(f"{text!r} is no Base64")


def block(text: str) -> Values:
    """The set of IpAddress."""
    network = _network(text)
    return Nothing(f"{text!r} is no address and no network") if network is None else Block(network)


@lru_cache(maxsize=4096)
def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _is_within(inner: IPv4Network | IPv6Network, outer: IPv4Network | IPv6Network) -> bool:
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return inner.subnet_of(outer)
    return False


def find_value(within: Sequence[Values], without: Sequence[Values]) -> str | None:
    """A value that is in every set of `within` and in none of `without`; None if there is none.

    Raises Undecided where sets of different kinds meet and no value comes to mind.
    """
    inside, outside = list(within), list(without)
    for each in within:
        if isinstance(each, Rest):
            inside.remove(each)
            outside += each.sets
        elif isinstance(each, Nothing):
            return None
    for each in outside:
        if isinstance(each, Rest):
            # Not in the rest: in one of its sets, whichever allows an answer.
            others = [other for other in outside if other is not each]
            answers = (find_value([*inside, one], others) for one in each.sets)
            return next((answer for answer in answers if answer is not None), None)
    return _plain([*inside], [each for each in outside if not isinstance(each, Nothing)])


def _plain(inside: list[Values], outside: list[Values]) -> str | None:
    kinds = {_kind(each) for each in (*inside, *outside)}
    if kinds <= {"text"}:
        return find_text(_globs(inside), _globs(outside))
    for text in _candidates([*inside, *outside]):
        if all(each.matches(text) for each in inside) and not any(each.matches(text) for each in outside):
            return text
    if len(kinds) > 1:
        raise Undecided(f"one key is compared as {' and as '.join(sorted(kinds))}")
    return None


def _globs(sets: Sequence[Values]) -> list[Glob]:
    return [each for each in sets if isinstance(each, Glob)]


def _kind(each: Values) -> str:
    if isinstance(each, Span):
        return "date" if each.is_date else "number"
    return "address" if isinstance(each, Block) else "text"


def _candidates(sets: Sequence[Values]) -> Iterator[str]:
    """Values that tell the sets apart: the ends of stretches and what lies between, addresses at edges."""
    if spans := [each for each in sets if isinstance(each, Span)]:
        yield from _numbers(spans)
    if blocks := [each.network for each in sets if isinstance(each, Block)]:
        yield from _addresses(blocks)
    for glob in _globs(sets):
        text = find_text([glob], [])
        if text is not None:
            yield text
    yield from _globs_between(sets)


def _globs_between(sets: Sequence[Values]) -> Iterator[str]:
    text = find_text([], _globs(sets))
    if text is not None:
        yield text


def _numbers(spans: Sequence[Span]) -> Iterator[str]:
    ends = sorted({end for each in spans for end in (each.low, each.high) if math.isfinite(end)})
    points = [ends[0] - 1, *ends, ends[-1] + 1] if ends else [0.0]
    points += [(one + other) / 2 for one, other in pairwise(points)]
    for point in points:
        if any(each.is_date for each in spans):
            yield _date_text(point)
        yield _number_text(point)  # exact, where a date is rounded


def _number_text(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(number)


def _date_text(seconds: float) -> str:
    try:
        return (EPOCH + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
    except OverflowError:
        return _number_text(seconds)


def _addresses(blocks: Sequence[IPv4Network | IPv6Network]) -> Iterator[str]:
    """Both ends of every network and their neighbours outside: complete, as for stretches of numbers."""
    yield "203.0.113.7"
    yield "2001:db8::7"
    for each in blocks:
        make = IPv4Address if isinstance(each, IPv4Network) else IPv6Address
        first, last = int(each.network_address), int(each.broadcast_address)
        for number in (first, last, first - 1, last + 1):
            if 0 <= number < 1 << each.max_prefixlen:
                yield str(make(number))
    yield from ("0.0.0.0", "::")  # noqa: S104  # an address to compare with, not one to listen on
