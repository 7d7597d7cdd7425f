"""A bill of materials for people: the 24 fields, what is known of each, how, and from where."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.attest.bom.bom import Bom, Field
from hauberk.attest.bom.completeness import completeness

WIDTH = 60  # characters of a value


def table(bom: Bom) -> str:
    """The lines of the table, with what is missing and what could not be read."""
    return "".join(f"{line}\n" for line in _lines(bom))


def _lines(bom: Bom) -> Iterator[str]:
    score = completeness(bom)
    yield f"{_shown(bom.text(Field.NAME))}  {bom.digest}  {len(bom.files)} files"
    if count := bom.text(Field.PARAMETERS):
        types = ", ".join(each.name for each in bom.of(Field.NUMBER_TYPE))
        yield f"{int(count):,} parameters ({types})"
    yield ""
    for each in score.fields:
        if each.proof is None:
            yield f"  - {each.field.value:<28} missing, weight {each.weight}"
        else:
            value = _shown(_value(bom, each.field))
            yield f"  + {each.field.value:<28} {value}  [{_shown(str(each.proof))}]"
    yield ""
    yield f"{score.present} of {len(score.fields)} fields, {score.percent} percent by weight"
    for gap in bom.gaps:
        yield f"could not be read: {_shown(str(gap.place))}: {_shown(gap.message)}"


def _value(bom: Bom, field: Field) -> str:
    """The first thing that is known, and how many more there are."""
    texts = [f"{each.name} {each.text}".strip() for each in bom.of(field)]
    if not texts:
        texts = _listed(bom, field)
    more = f" (+{len(texts) - 1})" if len(texts) > 1 else ""
    return f"{texts[0][: WIDTH - len(more)]}{more}" if texts else ""


def _listed(bom: Bom, field: Field) -> list[str]:
    lists = {
        Field.LICENCE: [each.licence.expression or each.licence.name for each in bom.licences],
        Field.LINEAGE: [each.name for each in bom.ancestors],
        Field.METRIC: [f"{each.kind} {each.value} {each.dataset}" for each in bom.metrics],
        Field.ENERGY: [f"{each.quantity:.6g} {each.unit}" for each in bom.energy],
        Field.DEPENDENCY: [f"{each.name} {each.version}" for each in bom.dependencies],
    }
    return lists.get(field, [each.name for each in bom.datasets if each.field is field])


def _shown(text: str) -> str:
    """On one line, without what a terminal would obey."""
    return "".join(each if each.isprintable() else " " for each in text)[:200]
