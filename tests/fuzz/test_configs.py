"""Any bytes, and any mutation of honest settings, give views or UnreadableAsset."""

import ast
import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.analysis.code.judgement import expression, judged
from hauberk.analysis.secrets.tokens import secrets
from hauberk.analysis.templates.cost import costs
from hauberk.analysis.templates.reach import raw_reaches, reaches
from hauberk.core.asset import Asset, Bytes
from hauberk.core.errors import UnreadableAsset
from hauberk.formats import (
    chat_template,
    json_document,
    media,
    model_folder,
    native,
    python_source,
    sentencepiece,
    text,
    yaml_document,
)
from hauberk.scan.examine import examine

READERS = [chat_template, json_document, media, native, python_source, sentencepiece, text, yaml_document]
SEEDS = {
    "config.json": b'{"auto_map": {"A": ["x.Y", null]}, "chat_template": [{"template": "{{ a }}"}], '
    b'"_target_": "a.b"}',
    "config.yaml": b"a: &x !!python/tuple [1, {b: *x, _target_: os.path}]\n--- \n!t {<<: {c: |\n  d}}\n",
    "MLmodel": b"flavors:\n  python_function: {loader_module: mlflow.x, code: [a], data: b}\n",
    "chat_template.jinja": b"{% set a = ['_' * 2]|join %}{{ ''[a ~ x] }}"
    b"{% for i in range(3) %}{{ i % 2 }}{% endfor %}",
    "model.pt!modeling.py": b"import os as o\nx = getattr(o, 'a' + 'b')(chr(9))\n"
    b"class A:\n  def f(self): exec(x)\n",
    "modules.json": b'[{"type": "a.b", "path": "0"}]',
    "requirements.txt": b"-i http://x\ngit+https://a/b\n",
}


@pytest.mark.parametrize("reader", READERS, ids=[each.__name__.rpartition(".")[2] for each in READERS])
@settings(max_examples=60, deadline=None)
@given(octets=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(reader: object, octets: bytes) -> None:
    asset = Asset("x.json", Bytes(octets))
    reader.FORMAT.claim(asset)  # type: ignore[attr-defined]
    with suppress(UnreadableAsset):
        list(reader.FORMAT.read(asset))  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", SEEDS)
@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 1 << 30))
def test_mutated_settings_are_examined(name: str, seed: int) -> None:
    rng, octets = random.Random(seed), bytearray(SEEDS[name])
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(octets))
        if rng.random() < 0.5:
            octets[at] = (
                rng.choice(b"\0\n{}[]\"':,!&*%|~_$ \xff\x80") if rng.random() < 0.8 else rng.randrange(256)
            )
        else:
            start = rng.randrange(len(octets))
            octets[at:at] = octets[start : start + rng.randint(1, 20)]
    examine(Asset(name, Bytes(bytes(octets))))
    files = {name.rpartition("!")[2]: Bytes(bytes(octets)), "config.json": Bytes(SEEDS["config.json"])}
    asset = Asset("m", Bytes(b""), files=files)
    list(model_folder.read(asset))


@settings(max_examples=150, deadline=None)
@given(body=st.text(alphabet="{}%'\"~|()[].,_+*-0123456789 abcxset for in if end\n\\", max_size=120))
def test_any_template_is_judged_or_refused(body: str) -> None:
    for each in (body, "{{ " + body + " }}"):
        raw_reaches(each)
        for judge in (reaches, costs):
            with suppress(UnreadableAsset):
                judge(each)


@settings(max_examples=150, deadline=None)
@given(body=st.text(alphabet="()[].,'\"+=: \nabosimportexecgetattr_", max_size=80))
def test_any_source_is_judged(body: str) -> None:
    expression(body)
    list(secrets(body))
    try:
        tree = ast.parse(body)
    except (SyntaxError, ValueError):
        return
    list(judged(tree))


@pytest.mark.parametrize(
    "octets",
    [
        b"[" * 100_000,
        b"{{" + b"(" * 50_000,
        b"- " * 5_000,
        b"{a: " * 3000,
        b'{"a":' * 50_000,
        b"x = " + b"(" * 5000,
    ],
)
@pytest.mark.parametrize("name", ["config.json", "config.yaml", "chat_template.jinja", "model.pt!m.py"])
def test_depth_ends_in_a_gap_or_a_finding(name: str, octets: bytes) -> None:
    examine(Asset(name, Bytes(octets)))


def test_a_tower_of_operators_is_judged_or_refused() -> None:
    towers = [
        "{{ " + "a~" * 5_000 + "a }}",
        "{{ " + "-" * 5_000 + "1 }}",
        "{{ a" + "|lower" * 5_000 + " }}",
        "{{ a" + ".b" * 5_000 + " }}",
        "{{ " + "not " * 5_000 + "a }}",
        "{% if a %}" * 2_000,
    ]
    for body in towers:
        for judge in (reaches, costs):
            with suppress(UnreadableAsset):
                judge(body)
