"""VEX: what somebody says about vulnerabilities in their own product, with the reason.

Source: OpenVEX specification 0.2.0; CycloneDX 1.6, `vulnerabilities[].analysis`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.errors import Malformed
from hauberk.core.package import Package
from hauberk.core.percent import unquote
from hauberk.core.statement import Json
from hauberk.core.strict import read_json

# Bytes of a document, and statements in one.
MAX_DOCUMENT = 64 << 20
MAX_STATEMENTS = 100_000
# Which words of each format mean that a version is not affected.
OPENVEX = frozenset({"not_affected", "fixed"})
CYCLONEDX = frozenset({"not_affected", "resolved", "resolved_with_pedigree", "false_positive"})


@dataclass(frozen=True, slots=True)
class Excuse:
    """Why vulnerabilities (any of their names) do not affect packages (purls); by whom."""

    vulnerabilities: frozenset[str]
    products: frozenset[str]
    reason: str
    author: str

    def covers(self, package: Package, names: frozenset[str]) -> bool:
        """Whether it speaks of this vulnerability in this package; a purl without a version means all."""
        if not names & self.vulnerabilities:
            return False
        purl = unquote(package.purl.partition("?")[0])
        # A build's local part (+cu121) is not another release.
        return bool(self.products & {purl, purl.rpartition("@")[0], purl.partition("+")[0]})


def read_vex(octets: bytes) -> tuple[Excuse, ...]:
    """What a document says is not affected. Raises Malformed and OverBudget."""
    document = read_json(octets, MAX_DOCUMENT)
    if isinstance(document, dict) and "openvex" in str(document.get("@context", "")):
        found = tuple(_openvex(document))
    elif isinstance(document, dict) and document.get("bomFormat") == "CycloneDX":
        found = tuple(_cyclonedx(document))
    else:
        raise Malformed("is neither OpenVEX nor CycloneDX")
    if len(found) > MAX_STATEMENTS:
        raise Malformed(f"has more than {MAX_STATEMENTS} statements")
    return found


def _openvex(document: dict[str, Json]) -> Iterator[Excuse]:
    author = _text(document.get("author")) or "nobody"
    for each in _tables(document.get("statements")):
        if _text(each.get("status")) not in OPENVEX:
            continue
        named = each.get("vulnerability")
        names = {_text(named)} if isinstance(named, str) else set()
        if isinstance(named, dict):
            names = {_text(named.get("name")), _text(named.get("@id")), *_texts(named.get("aliases"))}
        reason = (
            _text(each.get("justification")) or _text(each.get("impact_statement")) or str(each["status"])
        )
        products = frozenset(_purls(each.get("products")))
        yield Excuse(frozenset(names - {""}), products, reason, _text(each.get("supplier")) or author)


def _purls(products: Json) -> Iterator[str]:
    """The packages that a statement is about: subcomponents where there are any, else the products."""
    for each in products if isinstance(products, list) else []:
        if isinstance(each, str):
            yield _plain(each)
        elif isinstance(each, dict):
            inner = each.get("subcomponents")
            if isinstance(inner, list) and inner:
                yield from _purls(inner)
                continue
            identifiers = each.get("identifiers")
            yield _plain(_text(each.get("@id")))
            if isinstance(identifiers, dict):
                yield _plain(_text(identifiers.get("purl")))


def _cyclonedx(document: dict[str, Json]) -> Iterator[Excuse]:
    purls = {
        _text(each.get("bom-ref")): _text(each.get("purl"))
        for each in _tables(document.get("components"))
        if each.get("purl")
    }
    for each in _tables(document.get("vulnerabilities")):
        analysis = each.get("analysis")
        if not isinstance(analysis, dict) or _text(analysis.get("state")) not in CYCLONEDX:
            continue
        references = [_text(one.get("ref")) for one in _tables(each.get("affects"))]
        # A ref may be a BOM-Link, whose fragment is the component's own.
        plain = [unquote(one.rpartition("#")[2]) if one.startswith("urn:cdx:") else one for one in references]
        names = {_text(each.get("id")), *(_text(one.get("id")) for one in _tables(each.get("references")))}
        reason = (
            _text(analysis.get("justification")) or _text(analysis.get("detail")) or str(analysis["state"])
        )
        products = frozenset(_plain(purls.get(one, one)) for one in plain)
        yield Excuse(frozenset(names - {""}), products, reason, "CycloneDX")


def _plain(purl: str) -> str:
    return unquote(purl.partition("?")[0])


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Json) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _tables(value: Json) -> list[dict[str, Json]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
