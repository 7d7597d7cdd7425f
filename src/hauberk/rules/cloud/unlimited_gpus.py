"""CLD207: a container that sees all GPUs of its node."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.kubernetes import Manifests
from hauberk.formats.lined_yaml import Mapping, items_of

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
            - name: NVIDIA_VISIBLE_DEVICES
              value: all
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
            - name: NVIDIA_VISIBLE_DEVICES
              value: all
          resources:
            limits:
              nvidia.com/gpu: 1
"""


@rule(
    "CLD207",
    Severity.HIGH,
    persona="security",
    maps=["CWE-668", "CWE-1189"],
    bad=[Sample("serve.yaml", BAD)],
    good=[Sample("serve.yaml", GOOD)],
)
def unlimited_gpus(view: Manifests) -> Iterator[Finding]:
    """The container sees every GPU of its node.

    Why: NVIDIA_VISIBLE_DEVICES=all goes around the device plugin: the container reads and disturbs
    the memory of others' jobs.
    Remediation: ask for GPUs with resources.limits nvidia.com/gpu, and take the variable out.
    Source: NVIDIA container toolkit documentation; NVIDIA device plugin.
    """
    for each in view.containers():
        for variable in items_of(each.node.get("env")):
            if not isinstance(variable, Mapping) or variable.text("name") != "NVIDIA_VISIBLE_DEVICES":
                continue
            if variable.text("value").lower() == "all" and not each.resource("nvidia.com/gpu"):
                message = f"{each.title} sees every GPU of its node, and asks for none"
                yield Finding("CLD207", Place(view.locator, line=variable.line), message, each.title)
