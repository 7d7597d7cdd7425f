"""Which paths a version may have: what every client, file system and reader understands alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from hauberk.core.errors import Malformed, OverBudget

MAX_PATH = 1024  # bytes of UTF-8; PATH_MAX is 4,096 and a client's cache stands before it
MAX_NAME = 255  # bytes of one part: NAME_MAX
MAX_DEPTH = 64  # parts; as many as the manifest of a folder may have
MAX_FILES = 10_000  # of one version

# Controls, line and paragraph separators, surrogates, private use, unassigned: what shows nothing, or
# shows as something else. Cf holds the marks that reverse the direction of text (CVE-2021-42574).
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# What Windows clients cannot write, or would write elsewhere.
FORBIDDEN = re.compile(r'[\\:*?"<>|]')
RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)


def checked_path(path: str) -> str:
    """The path, which is relative, plain and in Unicode's form NFC. Raises Malformed or OverBudget."""
    shown = ascii(path[:100])
    if any(unicodedata.category(each) in UNSEEN for each in path):
        raise Malformed(f"the path {shown} has a character that does not show")
    if len(path.encode()) > MAX_PATH:
        raise OverBudget(f"the path {shown} has more than {MAX_PATH} bytes")
    if unicodedata.normalize("NFC", path) != path:
        raise Malformed(f"the path {shown} is not in Unicode's form NFC")
    if FORBIDDEN.search(path):
        raise Malformed(f'the path {shown} has one of \\ : * ? " < > |')
    parts = path.split("/")
    if len(parts) > MAX_DEPTH:
        raise OverBudget(f"the path {shown} is more than {MAX_DEPTH} folders deep")
    for part in parts:
        _check_part(part, shown)
    return path


def _check_part(part: str, shown: str) -> None:
    if part in ("", ".", "..") or part.lower() == ".git":
        raise Malformed(f"the path {shown} has the part {part!r}")
    if part != part.strip() or part.endswith(".") or RESERVED.fullmatch(part):
        raise Malformed(f"the path {shown} has the part {part[:60]!a}, which not every system can write")
    # Compatible forms: U+2024 is a dot to some systems, U+FF0F a slash.
    if folded(part) in (".", "..", ".git") or FORBIDDEN.search(folded(part)) or "/" in folded(part):
        raise Malformed(f"the path {shown} has the part {part[:60]!a}, which some systems misread")
    if len(part.encode()) > MAX_NAME:
        raise OverBudget(f"the path {shown} has a part of more than {MAX_NAME} bytes")


def folded(name: str) -> str:
    """What two names have in common that some system takes for one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def check_together(paths: Iterable[str]) -> None:
    """Raises Malformed where two paths are one on some system, or a file is also a folder; OverBudget."""
    files: dict[str, str] = {}
    for path in paths:
        if len(files) >= MAX_FILES:
            raise OverBudget(f"more than {MAX_FILES} files in one version")
        twin = files.setdefault(folded(path), path)
        if twin != path:
            raise Malformed(f"{path!a} and {twin!a} are one name on some systems")
    folders: dict[str, str] = {}
    for key, path in files.items():
        parts, own = key.split("/"), path.split("/")
        for end in range(1, len(parts)):
            folder, spelled = "/".join(parts[:end]), "/".join(own[:end])
            if folder in files:
                raise Malformed(f"{files[folder]!a} is a file, and {path!a} needs it as a folder")
            twin = folders.setdefault(folder, spelled)
            if twin != spelled:
                raise Malformed(f"the folders {spelled!a} and {twin!a} are one on some systems")
