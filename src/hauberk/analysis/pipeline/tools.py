"""What the commands of pipelines are: scanners, builds, uploads, deployments, and whether a scan can stop.

Source: each program's own manual; defaults as of its release named here: trivy 0.76, grype 0.9x, bandit 1.9,
checkov 3.3, semgrep 1.x, gitleaks 8.30, trufflehog 3, hadolint 2, zizmor 1.32.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hauberk.analysis.pipeline.shell import Command


class Subject(StrEnum):
    """What a scanner looks at."""

    IMAGE = "image"
    CODE = "code"
    DEPENDENCIES = "dependencies"
    SECRETS = "secrets"
    PIPELINE = "pipeline"
    MODELS = "models"
    CLOUD = "cloud"


@dataclass(frozen=True, slots=True)
class Scanner:
    """A program that looks for faults. It exits with 0 whatever it finds unless one of `asked` is given,
    where there is any; one of `silenced` takes its exit code away again. `quiet` subcommands never stop.
    """

    subjects: tuple[Subject, ...]
    asked: tuple[str, ...] = ()
    silenced: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()
    only: tuple[str, ...] = ()  # the subcommands that are scans; all where there are none


_S = Subject
SCANNERS: dict[str, Scanner] = {
    "trivy": Scanner(
        (_S.IMAGE, _S.DEPENDENCIES, _S.SECRETS),
        ("--exit-code",),
        (),
        (),
        (
            "image",
            "i",
            "fs",
            "filesystem",
            "rootfs",
            "repo",
            "repository",
            "config",
            "conf",
            "sbom",
            "vm",
            "k8s",
        ),
    ),
    "grype": Scanner((_S.IMAGE, _S.DEPENDENCIES), ("--fail-on", "-f")),
    "snyk": Scanner(
        (_S.DEPENDENCIES,), (), (), ("monitor",), ("test", "container", "code", "iac", "monitor")
    ),
    "docker-scout": Scanner((_S.IMAGE,), ("--exit-code", "-e")),
    "bandit": Scanner((_S.CODE,), (), ("--exit-zero",)),
    "pip-audit": Scanner((_S.DEPENDENCIES,)),
    "safety": Scanner((_S.DEPENDENCIES,), (), ("--continue-on-error",), (), ("check", "scan")),
    "osv-scanner": Scanner((_S.DEPENDENCIES,)),
    "gitleaks": Scanner((_S.SECRETS,), (), ("--exit-code=0",), (), ("detect", "dir", "git", "protect")),
    "trufflehog": Scanner((_S.SECRETS,), ("--fail",)),
    "detect-secrets": Scanner((_S.SECRETS,), (), (), ("scan",), ("scan",)),
    "detect-secrets-hook": Scanner((_S.SECRETS,)),
    "kingfisher": Scanner((_S.SECRETS,)),
    "semgrep": Scanner((_S.CODE,), ("--error", "ci"), ()),
    "opengrep": Scanner((_S.CODE,), ("--error", "ci"), ()),
    "checkov": Scanner((_S.CLOUD,), (), ("--soft-fail", "-s")),
    "tfsec": Scanner((_S.CLOUD,), (), ("--soft-fail", "-s")),
    "kics": Scanner((_S.CLOUD,), (), ("--ignore-on-exit=all",)),
    "terrascan": Scanner((_S.CLOUD,)),
    "hadolint": Scanner((_S.IMAGE,), (), ("--no-fail",)),
    "dockle": Scanner((_S.IMAGE,), ("--exit-code",)),
    "zizmor": Scanner((_S.PIPELINE,), (), ("--no-exit-codes",)),
    "poutine": Scanner((_S.PIPELINE,), ("--fail-on-violation",)),
    "modelscan": Scanner((_S.MODELS,)),
    "picklescan": Scanner((_S.MODELS,)),
    "modelaudit": Scanner((_S.MODELS,)),
    "fickling": Scanner((_S.MODELS,)),
    "clamscan": Scanner((_S.MODELS,)),
    "hauberk": Scanner(tuple(_S), (), (), (), ("scan", "gate", "verify")),
}
# Wrappers whose first words are not the program itself.
RUNNERS = {
    ("python", "-m"),
    ("python3", "-m"),
    ("uv", "run"),
    ("poetry", "run"),
    ("pipx", "run"),
    ("uvx",),
    ("npx",),
}
# Images of scanners: a container that is run by hand.
IN_IMAGE = re.compile(
    r"(?:^|/)(trivy|grype|gitleaks|trufflehog|semgrep|checkov|hadolint|bandit|snyk)(?=[:@]|$)"
)
DEPLOYS = re.compile(
    r"kubectl (?:[^|;&]*? )?(?:apply|set image|rollout|create|replace|patch|run)\b|oc (?:apply|rollout|tag)\b"
    r"|helm (?:[^|;&]*? )?(?:install|upgrade)\b|helmfile (?:apply|sync)\b"
    r"|terraform (?:[^|;&]*? )?apply\b|tofu apply\b"
    r"|aws ecs (?:update-service|create-service|deploy)|aws lambda update-function-code"
    r"|aws cloudformation deploy"
    r"|aws sagemaker (?:create|update)-(?:endpoint|model)|aws deploy create-deployment|aws apprunner"
    r"|eb deploy"
    r"|gcloud (?:run deploy|app deploy|ai endpoints deploy-model|functions deploy|builds deploy)"
    r"|az (?:webapp (?:deploy|config container)|containerapp (?:up|update)|functionapp deploy"
    r"|ml online-deployment"
    r"|ml online-endpoint|aks )|docker (?:stack deploy|service update)|docker[ -]compose (?:[^|;&]*? )?up\b"
    r"|argocd app (?:sync|set)|flux reconcile|flyctl deploy|fly deploy|kustomize edit set image"
    r"|nomad (?:job )?run"
    r"|serverless deploy|sls deploy|cdk deploy|pulumi up|skaffold (?:run|deploy)|ansible-playbook|kn service"
)
SIGNS = re.compile(
    r"cosign (?:sign|attest)|model[-_]signing|hauberk (?:sign|attest)|notation sign"
    r"|gpg .{0,200}(?:--detach-sign|-b)|slsa"
    r"|attest-build-provenance|sigstore (?:sign|attest)|cosign-installer|gh attestation|notary|minisign"
    r"|crane attest"
)
VERIFIES = re.compile(
    r"cosign verify|hauberk (?:gate|verify|custody|custody)|notation verify|gh attestation verify"
    r"|slsa-verifier"
    r"|sigstore verify|model[-_]signing verify|gpg .{0,200}--verify|witness verify"
)
DIGEST = re.compile(
    r"@sha256:[0-9a-f]{64}\b|@?sha256:|@\$\{?\w*(?:digest|sha256)|_DIGEST\b|[-_.]digest\b", re.IGNORECASE
)
LOST = frozenset({"true", ":", "echo", "exit 0", "printf"})


def plain_words(command: Command) -> tuple[str, ...]:
    """The words without wrappers such as `python -m` and `uv run`; of `docker run` the image's program."""
    words = command.words
    for each in RUNNERS:
        if words[: len(each)] == each:
            words = words[len(each) :]
            break
    if words[:2] in (("docker", "run"), ("podman", "run"), ("docker", "scout")):
        if words[1] == "scout":
            return ("docker-scout", *words[2:])
        for place, word in enumerate(words[2:], 2):
            if found := IN_IMAGE.search(word):
                return (found[1], *words[place + 1 :])
    return (words[0].rsplit("/", 1)[-1], *words[1:]) if words else ()


@dataclass(frozen=True, slots=True)
class Scan:
    """One run of a scanner."""

    tool: str
    scanner: Scanner
    command: Command
    words: tuple[str, ...]

    @property
    def line(self) -> int:
        """Where it stands."""
        return self.command.line

    @property
    def looks_at_image(self) -> bool:
        """Whether an image is what it is given."""
        if self.tool in ("trivy", "snyk"):
            return bool({"image", "i", "container"} & set(self.words[1:4]))
        # A folder or a file is named as such.
        return self.scanner.subjects[0] is Subject.IMAGE and not any(
            each.startswith(("dir:", "file:", "sbom:")) or each in (".", "Dockerfile") for each in self.words
        )


def scan_of(command: Command) -> Scan | None:
    """The scan that a command is, if it is one."""
    words = plain_words(command)
    scanner = SCANNERS.get(words[0]) if words else None
    if scanner is None or {"--version", "version", "--help", "-h", "--download-db-only"} & set(words[1:]):
        return None
    if scanner.only and not any(each in scanner.only for each in words[1:6]):
        return None
    return Scan(words[0], scanner, command, words)


def scans_in(commands: Sequence[Command]) -> Iterator[Scan]:
    """The scans among commands."""
    for each in commands:
        if found := scan_of(each):
            yield found


def never_stops(scan: Scan, settings: str) -> str:
    """Why a scan exits with 0 whatever it finds; empty if it can stop, or a settings file may say so.

    `settings` are the environment variables around it, as text.
    """
    words, tool = scan.words, scan.tool
    if any(each in words for each in scan.scanner.quiet):
        return f"{tool} {next(each for each in words if each in scan.scanner.quiet)} only tells"
    for each in scan.scanner.silenced:
        if each in words or (each.endswith("=0") and _value(words, each[:-2]) == "0"):
            return f"{tool} is given {each}"
    asked = scan.scanner.asked
    if not asked or any(each in ("--config", "-c") for each in words if tool in ("trivy", "grype")):
        return ""
    if re.search(rf"{tool.upper()}_(?:EXIT_CODE|FAIL_ON)", settings):
        return ""
    values = [_value(words, each) for each in asked]
    if all(each is None for each in values):
        return f"{tool} is not given {asked[0]}"
    return f"{tool} is given {asked[0]} 0" if "0" in values else ""


def _value(words: Sequence[str], option: str) -> str | None:
    for place, word in enumerate(words):
        if word == option:
            return words[place + 1] if place + 1 < len(words) else ""
        if word.startswith(f"{option}="):
            return word[len(option) + 1 :]
    return None


def is_deployment(command: Command) -> bool:
    """Whether a command changes what runs somewhere."""
    text = " ".join(command.words)
    return bool(DEPLOYS.match(text)) and "--dry-run" not in text


def docker(command: Command, *verbs: str) -> bool:
    """Whether a command is one of these of a container engine."""
    words = command.words
    if not words or command.name not in ("docker", "podman", "nerdctl", "buildah"):
        return False
    rest = [
        each
        for each in words[1:4]
        if not each.startswith("-") and each not in ("image", "buildx", "container")
    ]
    return bool(rest) and rest[0] in verbs


def names_digest(text: str) -> bool:
    """Whether a text refers to an image by its digest, or to a variable that is named so."""
    return bool(DIGEST.search(text))
