"""Every format of one fixed scan; HAUBERK_UPDATE_SNAPSHOTS=1 writes them anew."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from hauberk.core.errors import UsageError
from hauberk.report import FORMATS, renderer
from hauberk.report.about import Screen

SNAPSHOTS = Path(__file__).parents[2] / "snapshots"
ENDINGS = {
    "json": "json",
    "jsonl": "jsonl",
    "sarif": "sarif",
    "cyclonedx": "cdx.json",
    "markdown": "md",
    "html": "html",
    "junit": "xml",
    "gitlab": "gitlab.json",
}


def same(name: str, made: str) -> None:
    path = SNAPSHOTS / name
    if os.environ.get("HAUBERK_UPDATE_SNAPSHOTS") == "1":
        path.write_bytes(made.encode())
    assert path.read_bytes().decode() == made


@pytest.mark.parametrize("name", FORMATS)
def test_the_fixed_scan_looks_as_it_did(fixed: ModuleType, name: str) -> None:
    made = renderer(name)(fixed.REPORT, fixed.ABOUT)
    same(f"report-{name}.{ENDINGS.get(name, 'txt')}", made)
    assert made == renderer(name)(fixed.REPORT, fixed.ABOUT)


def test_a_narrow_coloured_terminal_looks_as_it_did(fixed: ModuleType) -> None:
    about = replace(fixed.ABOUT, screen=Screen(60, True))
    same("report-table-60-colour.txt", renderer("table")(fixed.REPORT, about))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("case", ["EMPTY", "CLEAN"])
def test_empty_and_clean_scans_render(fixed: ModuleType, name: str, case: str) -> None:
    made = renderer(name)(getattr(fixed, case), getattr(fixed, f"ABOUT_{case}"))
    assert made.endswith("\n")


def test_an_unknown_format_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="'docx' is no output format"):
        renderer("docx")


def test_importing_the_table_of_formats_imports_no_format() -> None:
    code = (
        "import sys, hauberk.report; "
        "print([n for n in sys.modules if n.startswith('hauberk.report.') or n in ('jinja2', 'json')])"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "[]"
