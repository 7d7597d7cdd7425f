"""CLD206: a pod that holds its service account's token."""

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
      automountServiceAccountToken: false
      containers:
        - name: model
          image: r.example/a@sha256:0000000000000000000000000000000000000000000000000000000000000000
"""


@rule(
    "CLD206",
    Severity.INFO,
    persona="security",
    maps=["CWE-250"],
    bad=[Sample("serve.yaml", BAD)],
    good=[Sample("serve.yaml", GOOD)],
)
def mounted_account_token(view: Manifests) -> Iterator[Finding]:
    """The pod holds a token for the cluster's API.

    Why: a model server needs none; who breaks it asks the API with the account's rights.
    Remediation: set automountServiceAccountToken: false where nothing calls the API.
    Source: Kubernetes documentation, service accounts.
    """
    for pod in view.pods:
        if not pod.is_said("automountServiceAccountToken", "false"):
            message = f"{pod.owner} gets a token of its service account"
            yield Finding("CLD206", Place(view.locator, line=pod.line), message, pod.owner)
