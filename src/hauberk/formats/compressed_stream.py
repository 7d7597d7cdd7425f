"""Compressed bytes as content: expanded forwards in bounded memory, re-read from checkpoints.

Nothing is written to disk. A stream is measured once from end to end (that is where damage and
bombs are met); what is small is kept, what is large is expanded again as it is read.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Protocol

from hauberk.core.asset import Content
from hauberk.core.errors import Malformed, OverBudget

# Compressed bytes fetched at once.
FETCH = 32 << 10
# Expanded bytes of one chunk, and chunks cached by the process: 16 MiB, whatever the streams' sizes.
CHUNK = 1 << 20
MAX_CHUNKS = 16
# Expanded bytes that are simply kept in memory, by all streams together.
MAX_KEPT = 16 << 20
# Expanded bytes of one stream: about a minute of inflating, more than any compressed model we know.
MAX_EXPANDED = 8 << 30
# A bomb: that many bytes, from less than a 200th of them. Honest models compress 1.1 to 10 times;
# an honest array of zeros compresses 1,000 times, but is not that large.
BOMB_BYTES = 32 << 20
BOMB_RATIO = 400
# Saved states of one inflater (about 40 KiB each); their distance doubles when they are too many.
MAX_CHECKPOINTS = 32
# How often a stream may be expanded again, all reads together, before it is given up.
MAX_PASSES = 24


class Decoder(Protocol):
    """What the standard library's decompressors of bz2 and lzma are."""

    @property
    def eof(self) -> bool: ...  # noqa: D102
    @property
    def needs_input(self) -> bool: ...  # noqa: D102
    @property
    def unused_data(self) -> bytes | None: ...  # noqa: D102
    def decompress(self, octets: bytes, max_length: int) -> bytes: ...  # noqa: D102


class Inflater:
    """zlib's decompressor with the interface of the others; `bits` as zlib's `wbits`."""

    def __init__(self, bits: int) -> None:
        self._inner = zlib.decompressobj(bits)
        self._rest = b""
        self.needs_input = True

    @property
    def eof(self) -> bool:
        """The stream has ended."""
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        """What was fed beyond the end of the stream."""
        return self._inner.unused_data

    def decompress(self, octets: bytes, max_length: int) -> bytes:
        """At most `max_length` expanded bytes."""
        out = self._inner.decompress(self._rest + octets if self._rest else octets, max_length)
        self._rest = self._inner.unconsumed_tail
        # zlib may hold back output even where it has taken all input.
        self.needs_input = not self._rest and len(out) < max_length
        return out

    def copy(self) -> Inflater:
        """The same state once more."""
        twin = Inflater.__new__(Inflater)
        twin._inner, twin._rest, twin.needs_input = self._inner.copy(), self._rest, self.needs_input
        return twin


@dataclass(frozen=True, slots=True)
class Codec:
    """How one kind of stream is expanded; `errors` is what its decoder raises on bad bytes.

    `magic` is what a further stream starts with where several may follow each other, else empty.
    """

    name: str
    start: Callable[[], Decoder]
    errors: tuple[type[Exception], ...]
    magic: bytes = b""


class Expansion:
    """A position in a compressed stream that only moves forwards."""

    __slots__ = ("_at", "_decoder", "broken", "codec", "ended_at", "source")

    def __init__(self, source: Content, codec: Codec) -> None:
        self.source = source
        self.codec = codec
        self._at = 0
        self._decoder = codec.start()
        self.ended_at: int | None = None
        self.broken: Malformed | None = None

    def take(self, length: int) -> bytes:
        """The next expanded bytes; fewer than `length` only at the end, or where the stream is `broken`.

        A loader that reads forwards has used what comes before the damage, so that counts too.
        """
        parts: list[bytes] = []
        while length and self.ended_at is None and self.broken is None:
            try:
                out = self._step(length)
            except Malformed as error:
                self.broken = error
                break
            length -= len(out)
            parts.append(out)
        return b"".join(parts)

    def _step(self, length: int) -> bytes:
        fed = b""
        if self._decoder.needs_input:
            fed = self.source.read(self._at, FETCH)
            if not fed:
                raise Malformed(f"{self.codec.name} stream ends early", self._at)
            self._at += len(fed)
        try:
            out = self._decoder.decompress(fed, length)
        except self.codec.errors as error:
            raise Malformed(f"no {self.codec.name} stream: {error}", max(0, self._at - len(fed))) from error
        if self._decoder.eof:
            self._go_on(self._at - len(self._decoder.unused_data or b""))
        return out

    def _go_on(self, end: int) -> None:
        """Start the next stream if one follows at `end`, else end there."""
        magic = self.codec.magic
        if magic and self.source.read(end, len(magic)) == magic:
            self._at, self._decoder = end, self.codec.start()
        else:
            self.ended_at = end

    def copy(self) -> Expansion | None:
        """The same position once more, or None if the decoder cannot be copied."""
        if not isinstance(self._decoder, Inflater):
            return None
        twin = Expansion(self.source, self.codec)
        twin._at, twin._decoder, twin.ended_at = self._at, self._decoder.copy(), self.ended_at
        return twin


class Bomb(OverBudget):
    """The stream expands to far more than its size explains."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A whole stream: what it expands to, where it ends (offset in its source), its CRC-32.

    `broken` says why it ends early, if it does.
    """

    content: Content
    ended_at: int
    crc: int
    broken: Malformed | None = None


def measure(source: Content, codec: Codec, limit: int = MAX_EXPANDED) -> Measured:
    """Expand the stream once, to at most `limit` bytes. Raises OverBudget, Bomb."""
    expansion = Expansion(source, codec)
    pieces: list[bytes] = []
    room = MAX_KEPT - Kept.total
    size = crc = 0
    while piece := expansion.take(CHUNK):
        size += len(piece)
        crc = zlib.crc32(piece, crc)
        if size <= room:
            pieces.append(piece)
        else:
            pieces.clear()
        if is_bomb(size, source.size):
            raise Bomb(f"{source.size} bytes expand to {size} and more")
        if size > limit:
            raise OverBudget(f"expands to more than {limit} bytes")
    ended_at = source.size if expansion.ended_at is None else expansion.ended_at
    content = Kept(b"".join(pieces)) if size <= room else Expanded(source, codec, size)
    return Measured(content, ended_at, crc, expansion.broken)


def is_bomb(expanded: int, packed: int) -> bool:
    """So many bytes from so few are made to exhaust who reads them."""
    return expanded >= BOMB_BYTES and expanded > BOMB_RATIO * packed


class Kept:
    """Expanded bytes in memory. All that are alive count, so that archives of archives are bounded."""

    total = 0  # bytes
    __slots__ = ("octets", "size")

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.size = len(octets)
        Kept.total += self.size

    def __del__(self) -> None:
        Kept.total -= self.size

    def read(self, offset: int, length: int) -> bytes:
        """At most `length` bytes from `offset`; fewer only at the end."""
        return self.octets[offset : offset + length]


# Expanded chunks by stream and index, shared by all streams of this process.
_chunks: OrderedDict[tuple[int, int], bytes] = OrderedDict()
_numbers = count()


class Expanded:
    """Content of a compressed stream that is too large to keep.

    Raises OverBudget if it is read back and forth so often that it would have to be expanded
    more than `MAX_PASSES` times.
    """

    def __init__(self, source: Content, codec: Codec, size: int) -> None:
        self.size = size
        self._number = next(_numbers)
        self._now = Expansion(source, codec)
        self._next = 0
        self._saved: dict[int, Expansion] = {}
        self._distance = 8
        self._left = MAX_PASSES * size

    def read(self, offset: int, length: int) -> bytes:
        """At most `length` bytes from `offset`; fewer only at the end."""
        end = min(self.size, offset + length)
        if not 0 <= offset < end:
            return b""
        first = offset // CHUNK
        if (end - 1) // CHUNK == first:
            return self._chunk(first)[offset - first * CHUNK : end - first * CHUNK]
        octets = b"".join([self._chunk(index) for index in range(first, (end - 1) // CHUNK + 1)])
        return octets[offset - first * CHUNK : end - first * CHUNK]

    def _chunk(self, index: int) -> bytes:
        if (known := _chunks.get((self._number, index))) is not None:
            _chunks.move_to_end((self._number, index))
            return known
        self._seek(index)
        while True:
            if self._left < 0:
                raise OverBudget("is read back and forth too often to be expanded each time")
            self._save()
            octets = self._now.take(CHUNK)
            self._left -= CHUNK
            self._keep(self._next, octets)
            self._next += 1
            if self._next > index:
                return octets

    def _keep(self, index: int, octets: bytes) -> None:
        if len(octets) < min(CHUNK, self.size - index * CHUNK):
            raise Malformed("changed while it was examined")
        _chunks[self._number, index] = octets
        while len(_chunks) > MAX_CHUNKS:
            _chunks.popitem(last=False)

    def _seek(self, index: int) -> None:
        """Stand at or before the chunk: where we are, at a saved state, or at the beginning."""
        best = max((at for at in self._saved if at <= index), default=-1)
        if best <= self._next <= index:
            return
        saved = self._saved[best].copy() if best >= 0 else None
        if saved is None:
            saved, best = Expansion(self._now.source, self._now.codec), 0
        self._now, self._next = saved, best

    def _save(self) -> None:
        if not self._next or self._next % self._distance or self._next in self._saved:
            return
        twin = self._now.copy()
        if twin is None:
            return
        self._saved[self._next] = twin
        if len(self._saved) > MAX_CHECKPOINTS:
            self._distance *= 2
            self._saved = {at: each for at, each in self._saved.items() if at % self._distance == 0}
