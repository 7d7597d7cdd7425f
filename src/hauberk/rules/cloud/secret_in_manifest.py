"""CLD205: a secret in clear text in a manifest."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.kubernetes import Manifests
from hauberk.formats.lined_yaml import Mapping, items_of

NAME = re.compile(
    r"(?:PASSWORD|PASSWD|SECRET(?:_KEY|_ACCESS_KEY)?|TOKEN|API_?KEY|PRIVATE_KEY|CREDENTIALS?)$", re.I
)
# What is no secret itself: another variable, a path, an address, a switch, a placeholder.
REFERENCE = re.compile(
    r"^(?:\$|/|https?://|<|true$|false$|\d{1,5}$|none$|null$|example|changeme|your[-_ ])", re.I
)

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
          env:
            - name: DB_PASSWORD
              value: correct-horse
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
          env:
            - name: DB_PASSWORD
              valueFrom:
                secretKeyRef:
                  name: db
                  key: password
"""


@rule(
    "CLD205",
    Severity.HIGH,
    persona="security",
    maps=["CWE-798", "CWE-312"],
    bad=[Sample("serve.yaml", BAD)],
    good=[Sample("serve.yaml", GOOD)],
)
def secret_in_manifest(view: Manifests) -> Iterator[Finding]:
    """The manifest holds a secret.

    Why: manifests live in repositories and in the cluster's API, where many may read them.
    Remediation: take it from a Secret (secretKeyRef) that an operator fills, or from a secret
    store.
    Source: Kubernetes documentation, good practices for Secrets; CWE-798.
    """
    for each in view.containers():
        for variable in items_of(each.node.get("env")):
            if not isinstance(variable, Mapping):
                continue
            name, value = variable.text("name"), variable.text("value")
            if NAME.search(name) and value and not REFERENCE.search(value):
                message = f"{each.title} has the value of {name} in clear text"
                place = Place(view.locator, line=variable.line)
                yield Finding("CLD205", place, message, f"{each.title} {name}")
