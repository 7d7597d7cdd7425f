"""MDL102: YAML tags that make objects."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.yaml_document import CORE, Tag, YamlDocument

PYTHON = f"{CORE}python/"
# Tags that make plain values.
PLAIN = frozenset(
    {
        "tuple",
        "str",
        "unicode",
        "int",
        "long",
        "float",
        "complex",
        "list",
        "dict",
        "bytes",
        "none",
        "bool",
        "set",
    }
)
# Objects that honest writers leave in their settings.
HARMLESS = re.compile(
    r"(?:collections\.(?:OrderedDict|defaultdict|deque)|argparse\.Namespace|pathlib\.(?:_local\.)?\w*Path"
    r"|numpy(?:\.\w+)*\.(?:scalar|dtype|_reconstruct|ndarray|_frombuffer)|datetime\.\w+|torch\.\w+|omegaconf\.[\w.]+"
    r"|numpy\.(?:float|int|uint|bool)\w*|easydict\.EasyDict|types\.SimpleNamespace|enum\.\w+|uuid\.UUID)"
)
# Libraries whose functions documentation and training settings name by tag.
NAMED = re.compile(
    r"(?:material|pymdownx|mkdocs\w*|zensical|mermaid2|torch\w*|numpy|transformers|keras|tensorflow)\.[\w.]+"
)
# Other languages' constructors: Ruby's Psych, Java's SnakeYAML, JavaScript's js-yaml, Perl.
FOREIGN = re.compile(r"(?:!|tag:\S*?[:!])(?:ruby/|js/|perl/|php/|javax?\.|org\.|com\.sun\.|sun\.|net\.)")
# HyperPyYAML's tags.
HYPER = re.compile(r"!(new|apply|name|module):(.+)")


@rule(
    "MDL102",
    Severity.HIGH,
    maps=["CWE-502", "AML.T0011.000", "LLM03:2025"],
    bad=[
        Sample("config.yaml", b"a: !!python/object/apply:os.system ['id']\n"),
        Sample("short.yml", b"%TAG !p! tag:yaml.org,2002:python/\n---\na: !p!object/new:os.system [id]\n"),
        Sample("hyperparams.yaml", b"x: !apply:os.system [id]\n"),
    ],
    good=[
        Sample("config.yaml", b"a: !!python/tuple [1, 2]\nb: !!float 1\n"),
        Sample("mkdocs.yml", b"f: !!python/name:material.extensions.emoji.twemoji ''\n"),
        Sample("template.yaml", b"Value: !Ref Bucket\n"),
        Sample("hyperparams.yaml", b"m: !new:speechbrain.nnet.linear.Linear\n  n: 1\n"),
    ],
)
def yaml_tag(view: YamlDocument) -> Iterator[Finding]:
    """A tag of the YAML makes its loader import or call code.

    Why: `yaml.load` with the full or unsafe loader, and the loaders of other languages, construct
    what the tag names, so reading the settings runs it.
    Remediation: delete the tag, and read settings with `yaml.safe_load`.
    Source: PyYAML documentation, "YAML tags and Python types"; CVE-2020-14343; CVE-2022-1471 (SnakeYAML).
    """
    for tag in view.tags:
        severity = _severity(tag)
        if severity is not None:
            yield Finding(
                "MDL102", Place(view.locator, line=tag.line), f"has the tag {tag.name}", tag.name, severity
            )


def _severity(tag: Tag) -> Severity | None:
    from hauberk.analysis.code.targets import grade

    if tag.name.startswith(PYTHON):
        return _of_python(tag.name.removeprefix(PYTHON))
    if found := HYPER.fullmatch(tag.name):
        return grade(found[2])
    if FOREIGN.match(tag.name):
        return Severity.HIGH
    if tag.name.startswith(CORE):
        return Severity.LOW
    return None


def _of_python(rest: str) -> Severity | None:
    from hauberk.analysis.code.targets import grade

    kind, _, name = rest.partition(":")
    if kind in PLAIN:
        return None
    graded = grade(name)
    is_bad = graded is not None and graded >= Severity.MEDIUM
    if HARMLESS.fullmatch(name) and not is_bad:
        return Severity.LOW
    if kind == "name":
        return Severity.CRITICAL if is_bad else None if NAMED.fullmatch(name) else Severity.MEDIUM
    if kind == "module":
        return Severity.CRITICAL if is_bad else Severity.HIGH
    return Severity.CRITICAL if is_bad or kind in ("object/apply", "object/new") else Severity.HIGH
