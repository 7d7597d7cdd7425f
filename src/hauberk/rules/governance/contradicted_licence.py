"""GOV003: a licence that the repository's own licence text contradicts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.described_model import DescribedModel
from hauberk.formats.licence import family, licence_of

CARD = b"---\nlicense: %s\n---\n# A model\n"
GPL = b"GNU GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007\n"
OWN = re.compile(r"(?:licen[cs]e|copying)(?!.*third)", re.IGNORECASE)
APACHE = b"  Apache License\n  Version 2.0, January 2004\n"


@rule(
    "GOV003",
    Severity.MEDIUM,
    persona="compliance",
    bad=[Sample("README.md", CARD % b"mit", {"config.json": b"{}", "LICENSE": GPL})],
    good=[
        Sample("README.md", CARD % b"gpl-3.0", {"config.json": b"{}", "LICENSE": GPL}),
        Sample("README.md", CARD % b"GPL-3.0-or-later", {"config.json": b"{}", "COPYING": GPL}),
        Sample("README.md", CARD % b"mit OR apache-2.0", {"config.json": b"{}", "LICENSE": APACHE}),
        Sample("README.md", CARD % b"other", {"config.json": b"{}", "LICENSE": APACHE}),
        Sample("README.md", CARD % b"mit", {"config.json": b"{}", "NOTICE": APACHE}),
        Sample(
            "README.md", CARD % b"gpl-3.0", {"config.json": b"{}", "LICENSE": GPL, "LICENSE-CODE": APACHE}
        ),
    ],
)
def contradicted_licence(model: DescribedModel) -> Iterator[Finding]:
    """The card declares one licence, and the licence text is another one's.

    Why: who relies on the card may do what the text forbids.
    Remediation: ask the author which holds; declare that one, and put its text beside it.
    Source: SPDX specification 2.3, 7.13 and 7.15 (concluded and declared licence).
    """
    declared = model.card.front.texts("license") if model.card else []
    named = [each for each in declared if each.text.lower() not in ("other", "unknown")]
    parts = {part for each in named for part in licence_of(each.text).parts}
    if model.card is None or not parts:
        return
    # Notices tell of other people's licences; of several texts, one may be that of the code.
    texts = {name: found for name, found in model.licences.items() if OWN.match(name) and found}
    found = {family(each) for ids in texts.values() for each in ids}
    # The Hub's own names of families (`gpl`, `bsd`, `cc`) fit every licence of theirs.
    fits = any(each == part or each.startswith(f"{part}-") for each in found for part in parts)
    if texts and not fits:
        said = ", ".join(each.text[:80] for each in named)
        names = ", ".join(f"{name} is the text of {', '.join(sorted(ids))}" for name, ids in texts.items())
        place = Place(model.card.name, line=named[0].line)
        yield Finding("GOV003", place, f"declares the licence {said}, and {names}"[:400], said)
