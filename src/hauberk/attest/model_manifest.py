"""The manifest that a model signature lists, as the digest under which Hauberk keeps evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from hauberk.core.digest import Digest
from hauberk.core.statement import Json


def manifest_digest(predicate: Mapping[str, Json]) -> Digest | None:
    """The digest of the folder whose files an OMS predicate lists; None where it lists shards or
    other digests than SHA-256."""
    resources = predicate.get("resources")
    if not isinstance(resources, list) or not resources:
        return None
    lines = []
    for each in resources:
        if not isinstance(each, dict) or each.get("algorithm") != "sha256":
            return None
        lines.append((str(each.get("name")), str(each.get("digest"))))
    text = "".join(f"{digest}  {name}\n" for name, digest in sorted(lines))
    return Digest(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())
