"""A second reading of RFC 9162, as recursive as the RFC, to hold the first one to; no line is shared."""

from __future__ import annotations

from hashlib import sha256


def largest_power_below(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def mth(d: list[bytes]) -> bytes:
    if not d:
        return sha256().digest()
    if len(d) == 1:
        return sha256(b"\0" + d[0]).digest()
    k = largest_power_below(len(d))
    return sha256(b"\1" + mth(d[:k]) + mth(d[k:])).digest()


def path(m: int, d: list[bytes]) -> list[bytes]:
    """2.1.3.1: PATH(m, D_n)."""
    if len(d) == 1:
        return []
    k = largest_power_below(len(d))
    return [*path(m, d[:k]), mth(d[k:])] if m < k else [*path(m - k, d[k:]), mth(d[:k])]


def subproof(m: int, d: list[bytes], b: bool) -> list[bytes]:
    """2.1.4.1: SUBPROOF(m, D_n, b)."""
    if m == len(d):
        return [] if b else [mth(d)]
    k = largest_power_below(len(d))
    if m <= k:
        return [*subproof(m, d[:k], b), mth(d[k:])]
    return [*subproof(m - k, d[k:], False), mth(d[:k])]


def root_by_path(entry: bytes, m: int, n: int, proof: list[bytes]) -> bytes | None:
    """The root to which the proof leads, None if it has the wrong number of hashes."""
    if n == 1:
        return None if proof else sha256(b"\0" + entry).digest()
    if not proof:
        return None
    k = largest_power_below(n)
    if m < k:
        left, right = root_by_path(entry, m, k, proof[:-1]), proof[-1]
    else:
        left, right = proof[-1], root_by_path(entry, m - k, n - k, proof[:-1])
    return sha256(b"\1" + left + right).digest() if left and right else None


def roots_by_subproof(m: int, n: int, proof: list[bytes], known: bytes | None) -> tuple[bytes, bytes] | None:
    """The old and new root to which the proof leads; `known` is the old root of a whole subtree."""
    if m == n:
        if known is not None:
            return None if proof else (known, known)
        return (proof[0], proof[0]) if len(proof) == 1 else None
    if not proof:
        return None
    k = largest_power_below(n)
    last = proof[-1]
    if m <= k:
        inner = roots_by_subproof(m, k, proof[:-1], known)
        return inner and (inner[0], sha256(b"\1" + inner[1] + last).digest())
    inner = roots_by_subproof(m - k, n - k, proof[:-1], None)
    return inner and (sha256(b"\1" + last + inner[0]).digest(), sha256(b"\1" + last + inner[1]).digest())
