"""What is true of GitHub's workflows beyond any pipeline: actions, triggers, permissions, expressions.

Source: GitHub documentation, "Security hardening for GitHub Actions"; the questions are those of zizmor's
documentation (1.32), answered by code of our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from hauberk.analysis.pipeline.habits import Habit
from hauberk.analysis.pipeline.shell import commands_in
from hauberk.formats.lined_yaml import Mapping, Node, Scalar, items_of, pairs_of, text_of
from hauberk.formats.pipeline.pipeline import Job, Pipeline, Platform, Said, Step

# Expressions of one text that are looked at; people write some ten.
MAX_EXPRESSIONS = 1_000
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?$")
FOREIGN = re.compile(
    r"github\.event\.pull_request\.(?:head|merge_commit_sha|number)|github\.head_ref|refs/pull/|workflow_run\.head"
    r"|github\.event\.(?:issue|number)|inputs\.(?:pr|ref|head)|steps\.[\w-]+\.outputs\.(?:head|ref|sha|pr)"
)
STRANGERS_START = frozenset(
    {"pull_request_target", "workflow_run", "issue_comment", "issues", "discussion", "discussion_comment"}
)
ARCHIVED = frozenset(
    {
        "actions/setup-ruby",
        "actions/create-release",
        "actions/upload-release-asset",
        "actions-rs/toolchain",
        "actions-rs/cargo",
        "actions-rs/clippy-check",
        "actions-rs/audit-check",
        "actions/setup-elixir",
        "actions/setup-haskell",
        "azure/container-scan",
        "azure/appservice-actions",
        "google-github-actions/setup-cloud-run",
        "8398a7/action-slack",
        "repo-sync/pull-request",
        "technote-space/get-diff-action",
        "pre-commit/mirrors-prettier",
        "pre-commit/mirrors-autopep8",
    }
)
POPULAR = (
    "actions/checkout",
    "actions/setup-python",
    "actions/setup-node",
    "actions/setup-go",
    "actions/setup-java",
    "actions/cache",
    "actions/upload-artifact",
    "actions/download-artifact",
    "actions/github-script",
    "docker/login-action",
    "docker/build-push-action",
    "docker/setup-buildx-action",
    "docker/setup-qemu-action",
    "docker/metadata-action",
    "github/codeql-action",
    "codecov/codecov-action",
    "pypa/gh-action-pypi-publish",
    "astral-sh/setup-uv",
    "aws-actions/configure-aws-credentials",
    "google-github-actions/auth",
    "azure/login",
    "softprops/action-gh-release",
    "aquasecurity/trivy-action",
    "hashicorp/setup-terraform",
    "pre-commit/action",
    "pre-commit/pre-commit-hooks",
    "astral-sh/ruff-pre-commit",
    "asottile/pyupgrade",
    "psf/black",
    "pre-commit/mirrors-mypy",
)
WHO = r"github(?:\.|\[')(?:triggering_)?actor(?:_id)?(?:'\])?"
BOT = r"(?:'[^']*\[bot\]'|'?(?:49699333|29139614|41898282)'?)"
ACTOR = re.compile(rf"\b{WHO}\s*==\s*{BOT}|{BOT}\s*==\s*{WHO}", re.IGNORECASE)
STATIC = re.compile(r"(?:'[^']*'|\btrue\b|\bfalse\b|\b\d+(?:\.\d+)?\b|[<>=!&|()\s])+")
CONTAINS = re.compile(r"contains\(\s*'[^']*'\s*,\s*(?:github|env|inputs)\.[\w.]*", re.I)
ALL_SECRETS = re.compile(r"toJSON\(\s*secrets\s*\)|secrets\[\s*(?!')[^\]]+\]", re.I)
UNREDACTED = re.compile(r"fromJSON\(\s*secrets\.\w+\s*\)", re.I)
ENVIRONMENT_FILE = re.compile(r"GITHUB_(?:ENV|PATH)\b")
PUBLISHERS = re.compile(
    r"^(?:pypa/gh-action-pypi-publish|rubygems/(?:release-gem|configure-rubygems-credentials)|gitlab-org/none)",
    re.I,
)
PUBLISHES = re.compile(
    r"(?:^|\s)(?:twine upload|python3? -m twine upload|poetry publish|uv publish|flit publish"
    r"|hatch publish|pdm publish|npm publish"
    r"|yarn (?:npm )?publish|pnpm publish|bun publish|gem push|cargo (?:\+\w+ )?publish|(?:pipx run"
    r"|uvx) twine\S* upload|dotnet nuget push|nuget push)\b"
)


@dataclass(frozen=True, slots=True)
class Uses:
    """One use of an action or workflow: its owner and name, path inside, and what it is pinned to."""

    said: Said
    name: str
    path: str
    ref: str


def uses_in(pipeline: Pipeline) -> Iterator[tuple[Uses, Job, Step | None]]:
    """Every use of something that others publish."""
    if pipeline.platform is not Platform.GITHUB:
        return
    for job in pipeline.jobs:
        called = job.node.get("uses")
        if isinstance(called, Scalar) and (found := _uses(Said(called.text, called.line))):
            yield found, job, None
        for step in job.steps:
            if step.uses and (found := _uses(step.uses)):
                yield found, job, step


def _uses(said: Said) -> Uses | None:
    text = said.text.strip()
    if text.startswith(("./", "../", "docker://", "$/")) or "/" not in text:
        return None
    path, _, ref = text.partition("@")
    parts = path.split("/")
    return Uses(said, "/".join(parts[:2]), "/".join(parts[2:]), ref)


def unpinned_uses(pipeline: Pipeline) -> Iterator[tuple[Uses, str]]:
    """Actions that are named by a branch or tag, and what moves them."""
    for uses, _, _ in uses_in(pipeline) if pipeline.tree.get("repos") is None else ():
        if not uses.ref:
            yield uses, "without any version"
        elif not COMMIT.search(uses.ref) and "${{" not in uses.ref:
            yield uses, "by a tag that can be moved" if re.match(r"v?\d", uses.ref) else "by a branch"


def look_alikes(pipeline: Pipeline) -> Iterator[tuple[Uses, str]]:
    """Actions of which the name is almost that of a well-known one."""
    for uses, _, _ in uses_in(pipeline):
        name = uses.name.lower()
        if name in POPULAR:
            continue
        for popular in POPULAR:
            if (
                abs(len(name) - len(popular)) <= 1
                and _is_near(name, popular)
                and name.split("/") != popular.split("/")
            ):
                yield uses, popular
                break


def _is_near(name: str, other: str) -> bool:
    """Whether one letter more, less, changed or swapped makes one out of the other."""
    start = 0
    while start < min(len(name), len(other)) and name[start] == other[start]:
        start += 1
    a, b = name[start:], other[start:]
    swapped = len(a) > 1 and len(b) > 1 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:]
    is_same_owner = name.partition("/")[0] == other.partition("/")[0]
    return not is_same_owner and (a[1:] == b[1:] or a[1:] == b or a == b[1:] or swapped)


def archived(pipeline: Pipeline) -> Iterator[Uses]:
    """Actions that nobody maintains."""
    for uses, _, _ in uses_in(pipeline):
        if uses.name.lower() in ARCHIVED:
            yield uses


def obfuscated(pipeline: Pipeline) -> Iterator[Habit]:
    """References and expressions that are written so that readers stumble."""
    for uses, _, _ in uses_in(pipeline):
        parts = uses.said.text.partition("@")[0].split("/")
        if any(each in ("", ".", "..") for each in parts):
            yield Habit(uses.said.line, f"{uses.said.text[:100]} takes a detour", uses.said.text[:100])
    for job in pipeline.jobs if pipeline.platform is Platform.GITHUB else ():
        for step in job.steps:
            pair = step.node.pair("with")
            if pair and "${{" in text_of(pair.value):
                yield Habit(pair.line, "all inputs come out of one expression", "with")
    for text, line in expressions_in(pipeline):
        is_dashed = re.search(r"\['[\w]*-[\w-]*'\]", text)
        if (STATIC.fullmatch(text) and not is_default(text)) or (ROUNDABOUT.search(text) and not is_dashed):
            shown = " ".join(text.split())[:80]
            yield Habit(line, f"`{shown}` says in a roundabout way what is fixed", text[:80])


ROUNDABOUT = re.compile(r"format\(\s*'[^']*'\s*(?:,\s*'[^']*'\s*)+\)|fromJSON\(\s*toJSON\(", re.IGNORECASE)


def is_default(text: str) -> bool:
    """Whether a condition only says yes or no, which people write to switch something off."""
    return text.strip() in ("true", "false", "")


def expressions_in(pipeline: Pipeline) -> Iterator[tuple[str, int]]:
    """The inside of every `${{ }}`, and every condition, with its line."""
    if pipeline.platform is not Platform.GITHUB:
        return
    todo: list[Node] = [pipeline.tree]
    left = 100_000
    while todo and left:
        each, left = todo.pop(), left - 1
        if isinstance(each, Scalar):
            for found in islice(EXPRESSION.finditer(each.text), MAX_EXPRESSIONS):
                yield found[1], each.line_at(found.start())
        elif isinstance(each, Mapping):
            for pair in each.pairs:
                if pair.key == "if" and isinstance(pair.value, Scalar) and "${{" not in pair.value.text:
                    yield pair.value.text, pair.value.line_at(0)
                else:
                    todo.append(pair.value)
        else:
            todo.extend(items_of(each))


def conditions_in(pipeline: Pipeline) -> Iterator[Scalar]:
    """The conditions of jobs and steps."""
    for job in pipeline.jobs if pipeline.platform is Platform.GITHUB else ():
        for node in (job.node, *(step.node for step in job.steps)):
            if isinstance(found := node.get("if"), Scalar):
                yield found


def always_true(pipeline: Pipeline) -> Iterator[Scalar]:
    """Conditions of which the text has more than one expression in it, and so is never empty."""
    for each in conditions_in(pipeline):
        text = each.text
        if "${{" in text and not (text.startswith("${{") and text.endswith("}}") and text.count("${{") == 1):
            yield each


def foreign_checkouts(pipeline: Pipeline) -> Iterator[tuple[Step, str]]:
    """Steps that fetch strangers' code in a workflow which strangers start with our rights."""
    started = [each.text for each in pipeline.triggers if each.text in STRANGERS_START]
    if not started or pipeline.platform is not Platform.GITHUB:
        return
    for job in pipeline.jobs:
        for step in job.steps:
            if step.uses and step.uses.text.lower().startswith("actions/checkout@"):
                if FOREIGN.search(step.given("ref") + step.given("repository")):
                    yield step, started[0]
            elif any(
                each.words[:3] == ("gh", "pr", "checkout") or "refs/pull/" in each.raw
                for each in commands_in(step.scripts)
            ):
                yield step, started[0]


def wide_permissions(pipeline: Pipeline) -> Iterator[tuple[int, str, bool]]:
    """Places where a job gets more rights than it names: line, words, and whether it is granted outright."""
    if pipeline.platform is not Platform.GITHUB or pipeline.tree.get("jobs") is None:
        return
    whole = pipeline.tree.pair("permissions")
    if whole:
        yield from _wide("the workflow", whole.value, whole.line, len(pipeline.jobs) > 1)
    for job in pipeline.jobs:
        own = job.node.pair("permissions")
        if own:
            yield from _wide(job.name, own.value, own.line, False)
        elif whole is None and [each.text for each in pipeline.triggers] != ["workflow_call"]:
            yield (
                job.line,
                f"{job.name} has the repository's default permissions, since none are given",
                False,
            )


def _wide(owner: str, node: Node, line: int, is_shared: bool) -> Iterator[tuple[int, str, bool]]:
    if text_of(node) in ("write-all", "read-all"):
        yield line, f"{owner} has {text_of(node)}", text_of(node) == "write-all"
    for each in pairs_of(node) if is_shared else ():
        if text_of(each.value) == "write":
            yield each.line, f"every job may write {each.key}", False


def kept_credentials(pipeline: Pipeline) -> Iterator[Step]:
    """Checkouts that leave the job's token in the folder."""
    for job in pipeline.jobs if pipeline.platform is Platform.GITHUB else ():
        for step in job.steps:
            is_checkout = step.uses and step.uses.text.lower().startswith("actions/checkout@")
            if is_checkout and step.given("persist-credentials").lower() not in ("false", "true"):
                yield step


def environment_writes(pipeline: Pipeline) -> Iterator[Habit]:
    """Steps of workflows that strangers start, or of actions, which set variables from what is not fixed."""
    is_exposed = pipeline.tree.get("jobs") is None or any(
        each.text in STRANGERS_START for each in pipeline.triggers
    )
    if not is_exposed or pipeline.platform is not Platform.GITHUB:
        return
    for each in commands_in(pipeline.scripts):
        target = " ".join(each.written)
        if (found := ENVIRONMENT_FILE.search(target)) and "$" in each.raw.partition(">>")[0]:
            yield Habit(each.line, f"writes what is not fixed to {found[0]}", found[0])


def token_publishing(pipeline: Pipeline) -> Iterator[Habit]:
    """Packages that are published with a token where the index would trust the workflow itself."""
    if pipeline.platform is not Platform.GITHUB:
        return
    for job in pipeline.jobs:
        for step in job.steps:
            if step.uses and PUBLISHERS.search(step.uses.text):
                is_trusted = not (
                    step.given("password")
                    or step.given("api-token")
                    or step.given("setup-trusted-publisher") == "false"
                )
                if not is_trusted:
                    yield Habit(
                        step.line,
                        f"{step.uses.text.partition('@')[0]} is given a token",
                        step.uses.text.partition("@")[0],
                    )
        for command in commands_in(job.scripts):
            text = " ".join(command.words)
            is_exempt = any(each in text for each in ("--dry-run", "--provenance", "--trusted-publishing"))
            if not is_exempt and (found := PUBLISHES.search(text)):
                name = found[0].strip()
                yield Habit(command.line, f"`{name}` publishes with a token", name)


def container_credentials(pipeline: Pipeline) -> Iterator[tuple[int, str]]:
    """Passwords of registries that stand in the file."""
    for job in pipeline.jobs if pipeline.platform is Platform.GITHUB else ():
        containers = [job.node.get("container"), *(each.value for each in pairs_of(job.node.get("services")))]
        for each in containers:
            password = each.below("credentials").pair("password") if isinstance(each, Mapping) else None
            if password and text_of(password.value) and "${{" not in text_of(password.value):
                yield password.line, job.name


CACHES = {
    "actions/setup-java": "cache",
    "actions/setup-node": "cache",
    "actions/setup-python": "cache",
    "actions/cache": "",
    "swatinem/rust-cache": "",
    "actions/setup-go": "cache:true",
    "astral-sh/setup-uv": "enable-cache:auto",
    "ruby/setup-ruby": "bundler-cache",
    "gradle/actions": "",
    "mozilla-actions/sccache-action": "",
    "pnpm/action-setup": "cache",
    "docker/build-push-action": "cache-from",
    "docker/setup-buildx-action": "cache-binary:true",
    "actions/setup-dotnet": "cache",
    "pyo3/maturin-action": "sccache",
    "ramsey/composer-install": "ignore-cache:inverted",
    "actions-rust-lang/setup-rust-toolchain": "cache:true",
}


# From its fifth version on it caches unless told otherwise.
AUTOMATIC = re.compile(r"^v?(?:[5-9]|\d\d)(?:\.|$)|^a0853c24|^395ad326|^2028fbc5")


def shared_caches(pipeline: Pipeline) -> Iterator[Habit]:
    """Caches that a publishing workflow takes from runs of other branches."""
    if pipeline.platform is not Platform.GITHUB or not _publishes(pipeline):
        return
    for uses, _, step in uses_in(pipeline):
        option = CACHES.get(uses.name.lower())
        if step is None or option is None or uses.path == "save":
            continue
        name, _, default = option.partition(":")
        value = step.given(name).lower() if name else "true"
        is_on = value not in ("", "false") or (value == "" and default in ("true", "auto"))
        if default == "inverted":
            is_on = value not in ("true", "yes", "1")
        if uses.name.lower() == "actions/setup-node" and not is_on:
            is_on = step.given("package-manager-cache") == "" and bool(AUTOMATIC.search(uses.ref))
        if is_on and step.given("lookup-only").lower() != "true":
            yield Habit(step.line, f"{uses.name} brings back what other runs have cached", uses.name)


def _publishes(pipeline: Pipeline) -> bool:
    names = {each.text for each in pipeline.triggers}
    push = pipeline.tree.get("on", "true")
    is_tagged = isinstance(push, Mapping) and push.below("push").get("tags") is not None
    is_release = isinstance(push, Mapping) and any(
        "release" in text_of(each) for each in items_of(push.below("push").get("branches"))
    )
    publishing = any(
        (
            step.uses
            and re.match(
                r"(?:pypa/gh-action-pypi-publish|softprops/action-gh-release"
                r"|ncipollo/release-action"
                r"|goreleaser/goreleaser-action|rubygems/release-gem"
                r"|changesets/action)",
                step.uses.text,
                re.I,
            )
        )
        or (step.uses and "docker/build-push-action" in step.uses.text and step.given("push") == "true")
        for job in pipeline.jobs
        for step in job.steps
    )
    commands = any(PUBLISHES.search(" ".join(each.words)) for each in commands_in(pipeline.scripts))
    return "release" in names or is_tagged or is_release or publishing or commands


# Actions that install a program, and the input that names its version.
TOOLS = {
    "aquasecurity/setup-trivy": "version",
    "1password/load-secrets-action": "version",
    "extractions/setup-just": "just-version",
    "golangci/golangci-lint-action": "version",
    "azure/setup-helm": "version",
    "azure/setup-kubectl": "version",
    "oven-sh/setup-bun": "bun-version",
    "goreleaser/goreleaser-action": "version",
    "anchore/sbom-action": "syft-version",
}


def unpinned_tools(pipeline: Pipeline) -> Iterator[Habit]:
    """Programs that an action installs in whatever version is newest."""
    for uses, _, step in uses_in(pipeline):
        option = TOOLS.get(uses.name.lower())
        if not option or step is None:
            continue
        given = next((each for each in step.inputs if each.name.lower() == option), None)
        if given is None or given.value in ("latest", "*", "") or "inputs." in given.value:
            line = given.line if given else step.line
            yield Habit(line, f"{uses.name} installs whatever version is newest", uses.name)


def wide_app_tokens(pipeline: Pipeline) -> Iterator[Habit]:
    """Tokens of apps that may more than one repository and one task, or that outlive the job."""
    for uses, _, step in uses_in(pipeline):
        if uses.name.lower() != "actions/create-github-app-token" or step is None:
            continue
        lines = {each.name.lower(): each.line for each in step.inputs}
        permissions = [each for each in lines if each.startswith("permission-")]
        if step.given("skip-token-revoke").lower() not in ("", "false"):
            yield Habit(
                lines["skip-token-revoke"], "the token is not revoked after the job", "skip-token-revoke"
            )
        if not permissions:
            yield Habit(step.line, "the token may all that the app may", "permissions")
        is_elsewhere = permissions and all(re.search("organi[sz]ation|members", each) for each in permissions)
        if "owner" in lines and "repositories" not in lines and not is_elsewhere:
            yield Habit(lines["owner"], "the token reaches every repository of the owner", "owner")
