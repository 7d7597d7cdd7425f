"""Kubernetes manifests: objects, and the pods that they make, each part with its line.

Any object that holds a list of `containers` makes pods: workloads of Kubernetes, and those of KServe,
Ray, Kubeflow and others that nobody has to know by name.

Source: Kubernetes API reference 1.34, "Pod", "Role", "Secret", "ConfigMap".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import OverBudget
from hauberk.core.view import View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.lined_yaml import Mapping, Node, Sequence, items_of, read_lined_yaml, text_of
from hauberk.formats.signs import Signs
from hauberk.formats.text import decoded, is_text

SIGNS = Signs(ends=(".yml", ".yaml", ".json"))
ENDINGS = (".yml", ".yaml", ".json")
# Bytes of one file of manifests, and pods in it; rendered charts have 2 MB.
MAX_MANIFEST = 16 << 20
MAX_PODS = 5_000
MAX_DEPTH = 24  # levels down to a pod
BEGINS = re.compile(rb'^(?:- )?\s*"?apiVersion"?\s*:\s*"?[\w./-]+"?\s*,?\s*$', re.MULTILINE)
KIND = re.compile(rb'^(?:- )?\s*"?kind"?\s*:\s*"?[A-Z]\w+"?\s*,?\s*$', re.MULTILINE)
HELD = ("containers", "initContainers", "ephemeralContainers")


@dataclass(frozen=True, slots=True)
class Container:
    """One container; `pod_name` is of the object that makes it."""

    name: str
    node: Mapping
    owner: str

    @property
    def line(self) -> int:
        """Where it begins."""
        return self.node.line

    @property
    def title(self) -> str:
        """For words."""
        return f"{self.owner}, container {self.name or '?'}"

    def security(self, key: str) -> Node | None:
        """A value of its own security context."""
        return self.node.below("securityContext").get(key)

    def is_said(self, key: str, value: str) -> bool:
        """Whether its security context says so."""
        return text_of(self.security(key)) == value

    def resource(self, name: str) -> str:
        """A limit or request, such as nvidia.com/gpu; empty if there is none."""
        resources = self.node.below("resources")
        return resources.below("limits").text(name) or resources.below("requests").text(name)


@dataclass(frozen=True, slots=True)
class Pod:
    """What a pod is made by, its specification, and its containers, those that begin it too."""

    owner: str
    node: Mapping
    containers: tuple[Container, ...]

    @property
    def line(self) -> int:
        """Where its specification begins."""
        return self.node.line

    def is_said(self, key: str, value: str) -> bool:
        """Whether the specification says so."""
        return self.node.text(key) == value

    def volumes(self) -> Iterator[Mapping]:
        """Its volumes."""
        return (each for each in items_of(self.node.get("volumes")) if isinstance(each, Mapping))


@dataclass(frozen=True, slots=True)
class Object:
    """One object of a file."""

    kind: str
    name: str
    node: Mapping

    @property
    def title(self) -> str:
        """For words."""
        return f"{self.kind} {self.name or '?'}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Manifests(View):
    """The objects of a file, and the pods that they make."""

    objects: tuple[Object, ...]
    pods: tuple[Pod, ...] = ()

    def containers(self) -> Iterator[Container]:
        """Every container."""
        return (each for pod in self.pods for each in pod.containers)


def claim(asset: Asset) -> Claim:
    """LIKELY for YAML, or JSON, that names an API and a kind; templates of Helm are no manifests yet."""
    if asset.kind is Kind.FOLDER or not asset.name.endswith(ENDINGS) or not is_text(asset.head, True):
        return Claim.NONE
    names_both = BEGINS.search(asset.head) and KIND.search(asset.head)
    if not names_both or b"{{" in asset.head:
        return Claim.NONE
    return Claim.CERTAIN if asset.name.endswith(".json") else Claim.LIKELY


def read(asset: Asset) -> Iterator[Reading]:
    """The file's objects; lists of objects are opened."""
    if asset.content.size > MAX_MANIFEST:
        raise OverBudget(f"manifests of {asset.content.size} bytes are longer than {MAX_MANIFEST}")
    roots = read_lined_yaml(decoded(asset.content.read(0, MAX_MANIFEST)))
    objects = tuple(each for root in roots for each in _objects(root))
    if not objects:
        return
    pods: list[Pod] = []
    for each in objects:
        for spec in _pods(each.node):
            if len(pods) >= MAX_PODS:
                raise OverBudget(f"more than {MAX_PODS} pods in one file")
            pods.append(_pod(each, spec))
    yield Manifests(locator=asset.locator, objects=objects, pods=tuple(pods))


def _objects(root: Node) -> Iterator[Object]:
    if not isinstance(root, Mapping) or not root.text("apiVersion"):
        return
    kind = root.text("kind")
    if kind == "List":
        for each in items_of(root.get("items")):
            yield from _objects(each)
    elif kind:
        yield Object(kind, root.below("metadata").text("name"), root)


def _pods(node: Node) -> Iterator[Mapping]:
    """Every mapping that holds a list of containers, and is not inside of another such."""
    open_ones: list[tuple[Node, int]] = [(node, 0)]
    while open_ones:
        each, depth = open_ones.pop()
        if depth > MAX_DEPTH:
            continue
        if isinstance(each, Mapping):
            if isinstance(each.get("containers"), Sequence):
                yield each
            else:
                open_ones += [(pair.value, depth + 1) for pair in reversed(each.pairs)]
        elif isinstance(each, Sequence):
            open_ones += [(item, depth + 1) for item in reversed(each.items)]


def _pod(owner: Object, spec: Mapping) -> Pod:
    held = (item for name in HELD for item in items_of(spec.get(name)) if isinstance(item, Mapping))
    containers = tuple(Container(each.text("name"), each, owner.title) for each in held)
    return Pod(owner.title, spec, containers)


FORMAT = Format("kubernetes", "Kubernetes manifest", claim, read)
