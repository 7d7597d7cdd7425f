"""Lists of dependencies: requirements, projects, lock files, settings of installers, installed packages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import import_module

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import OverBudget
from hauberk.core.finding import Place
from hauberk.core.gap import Gap
from hauberk.formats.dependencies.dependency_list import MAX_PACKAGES, DependencyList, Found
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.signs import Signs
from hauberk.formats.text import decoded, is_text

Reader = Callable[[str, str], tuple[DependencyList, Found]]

# Bytes: the largest lock files of npm have some 3 MB.
MAX_LIST = 32 << 20
# Bytes of what people write themselves.
MAX_WRITTEN = 2 << 20
# What names a list: the file that reads it, its function, and how many bytes it may have.
READERS: tuple[tuple[re.Pattern[str], str, str, int], ...] = tuple(
    (re.compile(pattern), module, function, limit)
    for pattern, module, function, limit in (
        (r"(?:[\w.-]+[-_.])?(?:requirements?|constraints?)(?:[-_.][\w.-]+)?\.(?:txt|in)|requires\.txt",
         "requirements", "read_requirements", MAX_LIST),
        (r"pip\.(?:conf|ini)", "requirements", "read_pip_settings", MAX_WRITTEN),
        (r"poetry\.lock|uv\.lock|pdm\.lock|pylock(?:\.[\w-]+)?\.toml", "python_locks",
         "read_toml_lock", MAX_LIST),
        (r"Pipfile\.lock", "python_locks", "read_pipfile_lock", MAX_LIST),
        (r"Pipfile", "python_project", "read_pipfile", MAX_WRITTEN),
        (r"pyproject\.toml", "python_project", "read_pyproject", MAX_WRITTEN),
        (r"METADATA", "installed", "read_metadata", MAX_WRITTEN),
        (r"package\.json", "javascript", "read_package_json", MAX_WRITTEN),
        (r"package-lock\.json|npm-shrinkwrap\.json", "javascript", "read_package_lock", MAX_LIST),
        (r"yarn\.lock", "javascript", "read_yarn_lock", MAX_LIST),
        (r"pnpm-lock\.yaml", "javascript", "read_pnpm_lock", MAX_LIST),
        (r"\.npmrc", "javascript", "read_npm_settings", MAX_WRITTEN),
        (r"Cargo\.lock", "rust", "read_cargo_lock", MAX_LIST),
        (r"Cargo\.toml", "rust", "read_cargo_toml", MAX_WRITTEN),
        (r"go\.mod", "golang", "read_go_mod", MAX_WRITTEN),
        (r"go\.sum", "golang", "read_go_sum", MAX_LIST),
        (r"(?:conda|environment)(?:[-_.][\w.-]+)?\.ya?ml", "conda", "read_environment", MAX_WRITTEN),
    )
)  # fmt: skip
EXPLICIT = b"@EXPLICIT"
SPACE = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"


def claim(asset: Asset) -> Claim:
    """As sure as the generic reader of the same file, so that both read it."""
    reader = _reader(asset)
    if reader is None or asset.kind is Kind.FOLDER or not asset.content.size or not is_text(asset.head, True):
        return Claim.NONE
    if asset.name.endswith(".json"):
        return Claim.CERTAIN if asset.head.lstrip(SPACE)[:1] == b"{" else Claim.NAME
    return Claim.LIKELY if asset.name.endswith((".yaml", ".yml")) else Claim.NAME


def _reader(asset: Asset) -> tuple[str, str, int] | None:
    for pattern, module, function, limit in READERS:
        if pattern.fullmatch(asset.name):
            if asset.name == "METADATA" and ".dist-info" not in asset.locator:
                return None
            if function == "read_requirements" and EXPLICIT in asset.head:
                return "conda", "read_explicit", limit
            return module, function, limit
    return None


def read(asset: Asset) -> Iterator[Reading]:
    """The list's view, and a gap for the first line that nobody understands."""
    chosen = _reader(asset)
    if chosen is None:
        return
    module, function, limit = chosen
    if asset.content.size > limit:
        raise OverBudget(f"a list of dependencies of {asset.content.size} bytes is longer than {limit}")
    reader: Reader = getattr(import_module(f"{__name__}.{module}"), function)
    view, found = reader(asset.locator, decoded(asset.content.read(0, limit)))
    if len(view.packages) + len(view.requirements) > MAX_PACKAGES:
        raise OverBudget(f"lists more than {MAX_PACKAGES} packages")
    yield view
    if found.unread:
        line, said = found.unread[0]
        message = f"is no requirement: {said[:80]!r}"
        if len(found.unread) > 1:
            message += f", and {len(found.unread) - 1} more lines"
        yield Gap(Place(asset.locator, line=line), "malformed", message)


SIGNS = Signs(
    names=("require", "constraint", "conda", "environment", "pylock"),
    ends=(
        "pip.conf", "pip.ini", "poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock", "Pipfile",
        "pyproject.toml", "METADATA", "package.json", "package-lock.json", "npm-shrinkwrap.json",
        "yarn.lock", "pnpm-lock.yaml",
        ".npmrc", "Cargo.lock", "Cargo.toml", "go.mod", "go.sum",
    ),
)  # fmt: skip
FORMAT = Format("dependency-list", "list of dependencies", claim, read)
