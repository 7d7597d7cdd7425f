"""CLD200: a container with the rights of its node."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.kubernetes import Manifests
from hauberk.formats.lined_yaml import items_of, text_of

WIDE = frozenset(
    {
        "ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "SYS_RAWIO", "DAC_READ_SEARCH", "NET_ADMIN", "BPF",
    }
)  # fmt: skip

BAD = b"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: serve
spec:
  template:
    spec:
      containers:
        - name: model
          image: r.example/a@sha256:0000000000000000000000000000000000000000000000000000000000000000
          securityContext:
            privileged: true
"""
GOOD = b"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: serve
spec:
  template:
    spec:
      containers:
        - name: model
          image: r.example/a@sha256:0000000000000000000000000000000000000000000000000000000000000000
          securityContext:
            allowPrivilegeEscalation: false
            capabilities:
              drop: [ALL]
"""


@rule(
    "CLD200",
    Severity.HIGH,
    persona="security",
    maps=["CWE-250", "CWE-269"],
    bad=[Sample("serve.yaml", BAD)],
    good=[Sample("serve.yaml", GOOD)],
)
def privileged_container(view: Manifests) -> Iterator[Finding]:
    """The container is privileged, or has capabilities that amount to it.

    Why: whoever breaks the model server owns the node, its GPUs and every other tenant's model on
    it.
    Remediation: take out privileged and the capabilities; let the GPU operator, and nothing else,
    have them.
    Source: Kubernetes documentation, Pod Security Standards, baseline; CWE-250.
    """
    for each in view.containers():
        if each.is_said("privileged", "true"):
            yield Finding(
                "CLD200", Place(view.locator, line=each.line), f"{each.title} is privileged", each.title
            )
            continue
        added = items_of(each.node.below("securityContext").below("capabilities").get("add"))
        wide = sorted({text_of(one).removeprefix("CAP_") for one in added} & WIDE)
        if wide:
            message = f"{each.title} has the capabilities {', '.join(wide)}"
            yield Finding("CLD200", Place(view.locator, line=each.line), message, f"{each.title} {wide[0]}")
