"""GOV002: a licence that nobody can look up."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.described_model import DescribedModel
from hauberk.formats.licence import is_known

CARD = b"---\nlicense: %s\n---\n# A model\n"
OTHER = b"---\nlicense: other\nlicense_name: example-1\nlicense_link: LICENSE\n---\n# A model\n"


@rule(
    "GOV002",
    Severity.LOW,
    persona="compliance",
    bad=[
        Sample("README.md", CARD % b"free for all", {"config.json": b"{}"}),
        Sample("README.md", CARD % b"other", {"config.json": b"{}"}),
    ],
    good=[
        Sample("README.md", CARD % b"apache-2.0", {"config.json": b"{}"}),
        Sample("README.md", CARD % b"MIT OR Apache-2.0", {"config.json": b"{}"}),
        Sample("README.md", CARD % b"llama3.1", {"config.json": b"{}"}),
        Sample("README.md", OTHER, {"config.json": b"{}"}),
    ],
)
def unknown_licence(model: DescribedModel) -> Iterator[Finding]:
    """The declared licence is no SPDX licence, and nothing says where its text is.

    Why: a policy cannot allow or deny a licence that it cannot look up.
    Remediation: write an SPDX id, or `license: other` with `license_name` and `license_link`.
    Source: SPDX specification 2.3, annex D; huggingface_hub documentation, "Licenses".
    """
    if model.card is None:
        return
    front = model.card.front
    for each in front.texts("license"):
        place = Place(model.card.name, line=each.line)
        if each.text.lower() in ("other", "unknown"):
            if not front.texts("license_name") and not front.texts("license_link") and not model.licences:
                message = f"declares the licence {each.text!r} and does not say which"
                yield Finding("GOV002", place, message, each.text)
        elif not is_known(each.text):
            message = f"declares the licence {each.text[:80]!r}, which is no SPDX licence"
            yield Finding("GOV002", place, message, each.text[:80])
