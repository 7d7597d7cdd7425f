"""Pods are found in whatever makes them; broken and hostile manifests are gaps."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hauberk
from hauberk.core.asset import Asset, Bytes
from hauberk.core.errors import UnreadableAsset
from hauberk.formats.format import Claim
from hauberk.formats.kubernetes import Manifests, claim, read

CONTAINER = "{name: m, image: 'a:latest', securityContext: {privileged: true}}"
MAKERS = {
    "Pod": f"spec: {{containers: [{CONTAINER}]}}",
    "CronJob": f"spec: {{jobTemplate: {{spec: {{template: {{spec: {{containers: [{CONTAINER}]}}}}}}}}}}",
    "InferenceService": f"spec: {{predictor: {{containers: [{CONTAINER}]}}}}",
    "RayCluster": f"spec: {{workerGroupSpecs: [{{template: {{spec: {{containers: [{CONTAINER}]}}}}}}]}}",
    "PyTorchJob": f"spec: {{pytorchReplicaSpecs: {{Worker: {{template: {{containers: [{CONTAINER}]}}}}}}}}",
}


def manifest(kind: str) -> str:
    return f"apiVersion: x/v1\nkind: {kind}\nmetadata:\n  name: it\n{MAKERS[kind]}\n"


@pytest.mark.parametrize("kind", MAKERS)
def test_pods_are_found_in_whatever_makes_them(kind: str, tmp_path: Path) -> None:
    (tmp_path / "it.yaml").write_text(manifest(kind))
    report = hauberk.scan(tmp_path)
    assert {"CLD200", "CLD203", "CLD204"} <= {each.rule for each in report.findings}
    assert not report.gaps


def test_several_documents_and_lists_are_read(tmp_path: Path) -> None:
    inner = manifest("Pod").replace("\n", "\n    ").rstrip()
    (tmp_path / "all.yaml").write_text(
        f"{manifest('Pod')}---\n{manifest('CronJob')}---\napiVersion: v1\nkind: List\nitems:\n  - {inner}\n"
    )
    found = [each for each in hauberk.scan(tmp_path).findings if each.rule == "CLD200"]
    assert len(found) == 3


def test_a_template_is_no_manifest() -> None:
    text = b"apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\n"
    assert claim(Asset("it.yaml", Bytes(text))) is Claim.NONE
    assert claim(Asset("it.yaml", Bytes(text.replace(b"{{ .Values.name }}", b"a")))) is Claim.LIKELY


LAUGHS = "".join(f" a{n}: &a{n} [{f'*a{n - 1},' * 9 if n else 'x'}]\n" for n in range(12))
PIECES = st.sampled_from(
    ["apiVersion: v1\n", "kind: Pod\n", "spec:\n", "  containers:\n", "  - name: a\n",
     "    env: [a, {name: B}]\n", "rules: [a]\n", "items: [[]]\n", "---\n", "data: 1\n", "&a ", "*a ", "{",
     "}", "[", "]", "- ", ": ", "\t", "\0"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25).map("".join))
def test_whatever_text_is_read_or_refused(text: str) -> None:
    try:
        views = list(read(Asset("it.yaml", Bytes(text.encode()))))
    except UnreadableAsset:
        return
    assert all(isinstance(each, Manifests) for each in views)


@pytest.mark.parametrize(
    "text",
    ["apiVersion: v1\nkind: Pod\nspec: " + "[" * 5_000, "apiVersion: v1\nkind: Pod\nspec: &a [*a, *a]\n",
     "apiVersion: v1\nkind: Pod\nspec:\n" + LAUGHS],
    ids=["deep", "circle", "laughs"],
)  # fmt: skip
def test_bombs_are_gaps(text: str, tmp_path: Path) -> None:
    (tmp_path / "it.yaml").write_text(text)
    assert hauberk.scan(tmp_path).gaps
