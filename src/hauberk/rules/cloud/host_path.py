"""CLD202: a folder or device of the node in a pod."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.kubernetes import Manifests

# Paths that own the node, or go around the device plugin.
DANGEROUS = (
    "/etc",
    "/root",
    "/proc",
    "/var/run/docker",
    "/run/containerd",
    "/run/crio",
    "/var/lib/kubelet",
    "/dev",
)

BAD = b"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: serve
spec:
  template:
    spec:
      volumes:
        - name: gpu
          hostPath:
            path: /dev/nvidia0
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
      volumes:
        - name: model
          persistentVolumeClaim:
            claimName: model
      containers:
        - name: model
          image: r.example/a@sha256:0000000000000000000000000000000000000000000000000000000000000000
"""


@rule(
    "CLD202",
    Severity.MEDIUM,
    persona="security",
    maps=["CWE-668", "CWE-250"],
    bad=[Sample("serve.yaml", BAD)],
    good=[Sample("serve.yaml", GOOD)],
)
def host_path(view: Manifests) -> Iterator[Finding]:
    """The pod mounts a path of its node.

    Why: paths such as the container runtime's socket, /etc or a GPU's device lead around every
    other limit.
    Remediation: use a volume claim, or the device plugin for GPUs.
    Source: Kubernetes documentation, Pod Security Standards, baseline; NVIDIA device plugin.
    """
    for pod in view.pods:
        for volume in pod.volumes():
            path = volume.below("hostPath").text("path")
            if path:
                severity = Severity.HIGH if path == "/" or path.startswith(DANGEROUS) else None
                message = f"{pod.owner} mounts {path} of its node"
                place = Place(view.locator, line=volume.line)
                yield Finding("CLD202", place, message, f"{pod.owner} {path}", severity)
