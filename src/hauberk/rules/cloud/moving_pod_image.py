"""CLD204: an image that is not named by its digest."""

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
          image: r.example/a:1.2
          env: []
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
"""


@rule(
    "CLD204",
    Severity.LOW,
    persona="security",
    maps=["CWE-494", "AML.T0010.004"],
    bad=[Sample("serve.yaml", BAD)],
    good=[Sample("serve.yaml", GOOD)],
)
def moving_pod_image(view: Manifests) -> Iterator[Finding]:
    """The image is named by a tag that can be moved.

    Why: what runs is not what was scanned and signed, and two replicas may run different things.
    Remediation: name the image by digest: name@sha256:...
    Source: SLSA 1.2, verifying artifacts; CWE-494.
    """
    for each in view.containers():
        image = each.node.text("image")
        if image and "@sha256:" not in image:
            tag = image.rpartition("/")[2].partition(":")[2]
            severity = Severity.MEDIUM if tag in ("", "latest") else None
            message = f"{each.title} runs {image[:150]}, a tag and not a digest"
            yield Finding(
                "CLD204", Place(view.locator, line=each.line), message, f"{each.title} image", severity
            )
