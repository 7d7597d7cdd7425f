"""CLD208: GPUs that are shared without isolation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.kubernetes import Manifests
from hauberk.formats.lined_yaml import pairs_of, text_of

SHARING = re.compile(r"^sharing:\s*\n(?:[ \t]+\S.*\n)*?[ \t]+(timeSlicing|mps):", re.MULTILINE)

BAD = b"""\
apiVersion: v1
kind: ConfigMap
metadata:
  name: plugin
data:
  any: |
    version: v1
    sharing:
      timeSlicing:
        resources:
          - name: nvidia.com/gpu
            replicas: 4
"""
GOOD = b"""\
apiVersion: v1
kind: ConfigMap
metadata:
  name: plugin
data:
  any: |
    version: v1
    flags:
      migStrategy: mixed
"""


@rule(
    "CLD208",
    Severity.LOW,
    persona="security",
    maps=["CWE-668", "CWE-1189"],
    bad=[Sample("serve.yaml", BAD)],
    good=[Sample("serve.yaml", GOOD)],
)
def shared_gpus(view: Manifests) -> Iterator[Finding]:
    """GPUs are shared by time slices or MPS, without isolation of memory.

    Why: jobs of different teams then read what others left in memory, and one stops them all; only
    MIG separates memory.
    Remediation: partition with MIG, or give time-sliced nodes to one tenant (a taint and a node
    selector).
    Source: NVIDIA device plugin, shared access to GPUs; NVIDIA MIG user guide.
    """
    for each in view.objects:
        if each.kind != "ConfigMap":
            continue
        for pair in pairs_of(each.node.get("data")):
            found = SHARING.search(text_of(pair.value))
            if found:
                message = f"{each.title} shares GPUs by {found[1]}: their memory is not separated"
                yield Finding("CLD208", Place(view.locator, line=pair.line), message, each.title)
