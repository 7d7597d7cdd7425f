"""CLD201: a pod in the namespaces of its node."""

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
      hostPID: true
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
      hostPID: false
      containers:
        - name: model
          image: r.example/a@sha256:0000000000000000000000000000000000000000000000000000000000000000
"""


@rule(
    "CLD201",
    Severity.HIGH,
    persona="security",
    maps=["CWE-250", "CWE-668"],
    bad=[Sample("serve.yaml", BAD)],
    good=[Sample("serve.yaml", GOOD)],
)
def host_namespace(view: Manifests) -> Iterator[Finding]:
    """The pod shares its node's network, processes or memory.

    Why: it sees other tenants' traffic and processes, and services of the node that trust who is
    local.
    Remediation: take out hostNetwork, hostPID and hostIPC.
    Source: Kubernetes documentation, Pod Security Standards, baseline.
    """
    for pod in view.pods:
        for key in ("hostNetwork", "hostPID", "hostIPC"):
            if pod.is_said(key, "true"):
                message = f"{pod.owner} shares its node: {key}"
                yield Finding("CLD201", Place(view.locator, line=pod.line), message, f"{pod.owner} {key}")
