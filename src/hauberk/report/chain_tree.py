"""A chain of custody as a tree for the terminal, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from hauberk.core.chain import Chain, Link
from hauberk.core.digest import Digest
from hauberk.core.statement import Json
from hauberk.report.plain import plain

SHOWN_DIGEST = 12  # hex digits: 48 bits, enough to tell the digests of one page apart
SHOWN_SIGNER = 12
COMMIT = 40  # hex digits of a git commit (SHA-1)
WIDEST_STAGE = 10


def tree(chain: Chain) -> str:
    """What the chain is made of, inputs below what was made of them."""
    lines = [*_lines(chain, "", "")]
    if chain.missing:
        lines.append(f"not attested: {', '.join(chain.missing)}")
    return "\n".join(lines) + "\n"


def _lines(chain: Chain, lead: str, below: str) -> Iterator[str]:
    role = f"{chain.role}: " if chain.role else ""
    yield f"{lead}{role}{title(chain)}"
    count = len(chain.links) + len(chain.inputs)
    if not count:
        yield f"{below}└─ nothing is attested of it"
    for number, link in enumerate(chain.links, 1):
        branch = "└─ " if number == count else "├─ "
        yield f"{below}{branch}{_told(link)}"
    for number, each in enumerate(chain.inputs, len(chain.links) + 1):
        is_last = number == count
        yield from _lines(each, below + ("└─ " if is_last else "├─ "), below + ("   " if is_last else "│  "))


def title(chain: Chain) -> str:
    """The name and the digest, short."""
    digest = named_digest(chain.subject.digest, SHOWN_DIGEST)
    return f"{plain(chain.subject.name)} ({digest})" if chain.subject.name else digest


def named_digest(digest: Digest, length: int = 64) -> str:
    """The digest with its kind; code is known by its commit."""
    return f"{'commit' if len(digest.hex) == COMMIT else 'sha256'}:{digest.hex[:length]}"


def _told(link: Link) -> str:
    mark = "✗" if link.is_refusal else "✓"
    return f"{mark} {link.stage:<{WIDEST_STAGE}} {plain(link.words)} [{proof(link)}]"


def proof(link: Link) -> str:
    """Who signed, and since when that is proven."""
    signers = ", ".join(plain(each[:SHOWN_SIGNER] if is_key_id(each) else each) for each in link.signers)
    when = f"logged {day(link.signed_at)}" if link.signed_at else f"says {day(link.at)}" if link.at else ""
    entry = f"entry {link.entry}" if link.entry is not None else "not in a log"
    return ", ".join(each for each in (f"by {signers}" if signers else "unsigned", when, entry) if each)


def is_key_id(signer: str) -> bool:
    """Whether a signer is named by its key alone."""
    return len(signer) == 64 and set(signer) <= set("0123456789abcdef")


def day(moment: datetime | None) -> str:
    """The time in UTC to the minute."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if moment else ""


def chain_json(chain: Chain) -> str:
    """The chain as JSON, indented, in a stable order."""
    return json.dumps(_shape(chain), indent=2, ensure_ascii=False) + "\n"


def _shape(chain: Chain) -> dict[str, Json]:
    return {
        "name": chain.subject.name,
        "digest": named_digest(chain.subject.digest),
        "role": chain.role,
        "links": [_link_shape(each) for each in chain.links],
        "missing": list(chain.missing),
        "inputs": [_shape(each) for each in chain.inputs],
    }


def _link_shape(link: Link) -> dict[str, Json]:
    return {
        "stage": link.stage,
        "words": link.words,
        "signers": list(link.signers),
        "at": link.at.isoformat() if link.at else None,
        "signedAt": link.signed_at.isoformat() if link.signed_at else None,
        "entry": link.entry,
        "locator": link.locator,
        "isRefusal": link.is_refusal,
    }
