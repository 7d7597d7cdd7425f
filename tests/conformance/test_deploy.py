"""What is shipped to deploy: it can be read, its commands are ours, and its defaults are hardened."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from hauberk.cli.serve import command as serve

DEPLOY = Path(__file__).parents[2] / "deploy"


def manifests() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / "kubernetes" / "registry.yaml").read_text()))


def commands() -> dict[str, list[str]]:
    unit = (DEPLOY / "hauberk-registry.service").read_text()
    container = (DEPLOY / "Containerfile").read_text()
    pod = next(each for each in manifests() if each["kind"] == "StatefulSet")["spec"]["template"]["spec"]
    return {
        "systemd": shlex.split(re.search(r"^ExecStart=\S+ (.*)$", unit, re.M)[1]),  # type: ignore[index]
        "container": json.loads(re.search(r"^CMD (\[.*\])$", container, re.M)[1]),  # type: ignore[index]
        "kubernetes": pod["containers"][0]["args"],
    }


@pytest.mark.parametrize("where", ["systemd", "container", "kubernetes"])
def test_the_command_is_one_that_we_have(where: str) -> None:
    name, *words = commands()[where]
    assert name == "serve"
    done = CliRunner().invoke(serve, [*words, "--help"])
    assert done.exit_code == 0, done.output
    known = set(re.findall(r"--[a-z-]+", done.output))
    assert {each for each in words if each.startswith("--")} <= known


def test_the_pod_is_restricted() -> None:
    """Source: Kubernetes, Pod Security Standards, restricted."""
    pod = next(each for each in manifests() if each["kind"] == "StatefulSet")["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["seccompProfile"]
    for container in pod["containers"]:
        rights = container["securityContext"]
        assert rights["allowPrivilegeEscalation"] is False and rights["readOnlyRootFilesystem"]
        assert rights["capabilities"] == {"drop": ["ALL"]}
        assert "@sha256:" in container["image"] and container["resources"]["limits"]["memory"]
    assert {"Ingress", "Egress"} == set(
        next(each for each in manifests() if each["kind"] == "NetworkPolicy")["spec"]["policyTypes"]
    )


def test_the_container_takes_nothing_that_is_not_pinned() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    assert all(
        line == "FROM ${BASE}" or line == "FROM ${BASE} AS build"
        for line in re.findall("^FROM .*", text, re.M)
    )
    assert "--require-hashes" in text and re.search(r"^USER 10001:10001$", text, re.M)
