"""Any bytes are a manifest with a tree, or are refused in a sentence."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hauberk.core.errors import UnreadableAsset
from hauberk.registry.oci.manifest import IMAGES, INDEXES, read_manifest
from tests.oci import CONFIG, descriptor, manifest

TEXT = st.text(max_size=12)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
FIELDS = (
    "schemaVersion",
    "mediaType",
    "artifactType",
    "config",
    "layers",
    "manifests",
    "subject",
    "annotations",
)
PARTS = ("mediaType", "digest", "size", "urls", "data", "annotations", "artifactType")


def is_read_or_refused(octets: bytes, said: str) -> None:
    with suppress(UnreadableAsset):
        found = read_manifest(octets, said)
        assert found.octets == octets
        assert all(".." not in each.path.split("/") for each in found.tree.entries)


@given(st.binary(max_size=300), st.sampled_from(["", *IMAGES, *INDEXES]))
def test_any_bytes_are_read_or_refused(octets: bytes, said: str) -> None:
    is_read_or_refused(octets, said)


@given(st.sampled_from(FIELDS), JSON)
def test_any_value_of_any_field_is_read_or_refused(field: str, value: Any) -> None:
    told = json.loads(manifest({"a": b"x"}))
    is_read_or_refused(json.dumps(told | {field: value}).encode(), "")


@given(st.sampled_from(PARTS), JSON, st.sampled_from(["config", "subject", "layers"]))
def test_any_value_of_any_descriptor_is_read_or_refused(part: str, value: Any, place: str) -> None:
    bad = descriptor(CONFIG) | {part: value}
    is_read_or_refused(manifest({}, **{place: [bad] if place == "layers" else bad}), "")


@given(st.lists(st.text(max_size=30), max_size=4))
def test_any_paths_of_layers_are_taken_or_refused(paths: list[str]) -> None:
    is_read_or_refused(manifest({path: path.encode("utf-8", "replace") for path in paths}), "")
