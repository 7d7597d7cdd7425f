"""CLD203: a container that may run as root."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.kubernetes import Manifests

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
            runAsNonRoot: true
"""


@rule(
    "CLD203",
    Severity.LOW,
    persona="security",
    maps=["CWE-250"],
    bad=[Sample("serve.yaml", BAD)],
    good=[Sample("serve.yaml", GOOD)],
)
def root_in_pod(view: Manifests) -> Iterator[Finding]:
    """The container may run as root.

    Why: a flaw of the runtime or the kernel then begins with root's rights; GPU drivers have had
    such flaws (CVE-2024-0132).
    Remediation: set runAsNonRoot: true, for the pod or the container.
    Source: Kubernetes documentation, Pod Security Standards, restricted.
    """
    for pod in view.pods:
        if pod.node.below("securityContext").text("runAsNonRoot") == "true":
            continue
        for each in pod.containers:
            if not each.is_said("runAsNonRoot", "true"):
                message = f"{each.title} may run as root"
                yield Finding("CLD203", Place(view.locator, line=each.line), message, each.title)
