"""CLD209: a role of the cluster that may do everything."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.kubernetes import Manifests
from hauberk.formats.lined_yaml import Mapping, items_of, text_of

BAD = b"""\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: trainer
rules:
  - apiGroups: ['*']
    resources: ['*']
    verbs: ['*']
"""
GOOD = b"""\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: trainer
rules:
  - apiGroups: ['']
    resources: [pods]
    verbs: [get, list]
"""


@rule(
    "CLD209",
    Severity.HIGH,
    persona="security",
    maps=["CWE-250", "CWE-269", "AISVS-1.0:5.2.1"],
    bad=[Sample("serve.yaml", BAD)],
    good=[Sample("serve.yaml", GOOD)],
)
def wide_cluster_role(view: Manifests) -> Iterator[Finding]:
    """The role may do everything in the cluster.

    Why: whoever gets a token of it reads every secret and runs anything on every node.
    Remediation: name the API groups, resources and verbs that are needed; escalate, bind and
    impersonate are rights over rights.
    Source: Kubernetes documentation, RBAC good practices.
    """
    for each in view.objects:
        if each.kind not in ("Role", "ClusterRole"):
            continue
        for rule_ in items_of(each.node.get("rules")):
            if not isinstance(rule_, Mapping):
                continue
            verbs, resources = (
                {text_of(one) for one in items_of(rule_.get(key))} for key in ("verbs", "resources")
            )
            risky = sorted(verbs & {"escalate", "bind", "impersonate"})
            if ("*" in verbs and "*" in resources) or risky:
                what = f"has the verbs {', '.join(risky)}" if risky else "may do everything to everything"
                message = f"{each.title} {what}"
                yield Finding("CLD209", Place(view.locator, line=rule_.line), message, each.title)
