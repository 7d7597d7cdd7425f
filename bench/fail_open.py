"""`just bench fail_open`: what clean, bad, broken, empty and missing files of every format exit with.

The files are the rules' own examples, so a new rule or format adds its row by itself.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from hauberk.cli.main import run
from hauberk.core.asset import Asset, Bytes
from hauberk.core.finding import Severity
from hauberk.formats.recognise import recognise
from hauberk.rules import load

EXPECTED = {"clean": 0, "bad": 1, "broken": 3, "empty": 3, "missing": 2}


@dataclass(frozen=True)
class Target:
    """A file of one format in one state; `octets` is None for a file that is not there."""

    form: str
    state: str
    name: str
    octets: bytes | None


# What has no broken form: a part of a text, of lines or of YAML is one too, and a broken settings file is
# a usage error.
NEVER_BROKEN = frozenset(
    {
        "text", "interpreted-program", "hauberk-settings", "chat-template", "yaml", "dependency-list",
        "dockerfile", "kubernetes", "pipeline",
    }
)  # fmt: skip


def targets() -> Iterator[Target]:
    """For every format: a clean and a bad example, a third of one, an empty and a missing file."""
    clean, bad = _by_format("good"), _by_format("bad")
    for form in sorted(clean.keys() | bad.keys()):
        chosen = None
        for state, samples in (("clean", clean), ("bad", bad)):
            made = [Target(form, state, *each) for each in samples.get(form, [])]
            right = next((each for each in made if exit_code(each) == EXPECTED[state]), None)
            # A format of which nothing is clean (archives that are not opened) has no such row.
            chosen = chosen or right or next(iter(made), None)
            if right is not None:
                yield right
        if chosen is None or chosen.octets is None:
            continue
        if form not in NEVER_BROKEN:
            yield Target(form, "broken", chosen.name, chosen.octets[: len(chosen.octets) // 3])
        yield Target(form, "empty", chosen.name, b"")
        yield Target(form, "missing", chosen.name, None)


def _by_format(which: str) -> dict[str, list[tuple[str, bytes]]]:
    """The examples of all rules that stop, under the formats that read them."""
    found: dict[str, list[tuple[str, bytes]]] = {}
    for rule in load().values():
        for sample in rule.good if which == "good" else rule.bad:
            if not sample.beside and (rule.severity >= Severity.MEDIUM or which == "good"):
                octets = sample.files()[sample.name]
                for form in recognise(Asset(sample.name, Bytes(octets))):
                    found.setdefault(form.name, []).append((sample.name, octets))
    return found


def exit_code(target: Target, *options: str) -> int:
    """What `hauberk scan` exits with for the target, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        path = Path(Path(target.name).name)
        if target.octets is not None:
            path.write_bytes(target.octets)
        return scan_code(str(path), *options)


def scan_code(*arguments: str) -> int:
    """What `hauberk scan ARGUMENTS` exits with."""
    with redirect_stderr(StringIO()):
        return run(["scan", "--no-cache", "-o", f"json={os.devnull}", *arguments])


def main() -> None:
    """Print the table."""
    rows: dict[str, dict[str, int]] = {}
    for target in targets():
        rows.setdefault(target.form, {})[target.state] = exit_code(target)
    print("| format | " + " | ".join(f"{state} ({code})" for state, code in EXPECTED.items()) + " |")
    print("|---" * (len(EXPECTED) + 1) + "|")
    for form, codes in rows.items():
        cells = [
            f"{codes[s]}" + ("" if codes[s] == EXPECTED[s] else " !") if s in codes else "-" for s in EXPECTED
        ]
        print(f"| {form} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
