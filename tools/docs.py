"""Write the generated pages of docs/; `--check` fails where one differs from the code.

Rules, formats, frameworks, settings, exit codes and help pages are never written by hand. In the
pages that are, every command of a `console` block is run, and its output written below it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from hauberk.core.catalogue import entries, known
from hauberk.core.rule import Rule

DOCS = Path(__file__).resolve().parents[1] / "docs"
MADE = "<!-- written by tools/docs.py; change the code, then run `just docs` -->\n\n"
HELP_WIDTH = 96  # columns

# Pages with commands to run, each page in a fresh copy of examples/.
PLAYED = (
    "tutorial.md",
    "how-to/read-a-report.md",
    "how-to/stop-a-pipeline.md",
    "how-to/keep-custody.md",
)
CONSOLE = re.compile(r"(?<=^```console\n)\$ .*?(?=^```$)", re.S | re.M)
# What differs from run to run: how long it took, when, keys and what is made with them.
VARYING = (
    (re.compile(r"\b\d+\.\d s\b"), "0.1 s"),
    (re.compile(r"\b20[2-4]\d-\d\d-\d\d[ T]\d\d:\d\d(:\d\dZ)?"), "2026-01-31 12:00"),
    (re.compile(r"\+[0-9a-f]{8}\+[A-Za-z0-9+/]{43,44}=?"), "+5e1f...+Ab12..."),
    (re.compile(r"\b[0-9a-f]{8,64}\b"), "5e1f..."),
)
LONGEST = 60  # seconds that one command may take

# Pages about rules are made, never kept: a rule that is deleted leaves nothing to tidy up.
OF_RULES = re.compile(r"rules/|rules\.md|frameworks\.md")

LINKS = {
    "CLD": "cloud",
    "DAT": "data",
    "COD": "code",
    "DEP": "dependencies",
    "MDL": "models",
    "PIP": "pipeline",
    "IMG": "images",
    "TRN": "training",
    "DPL": "deployment",
    "INF": "inference",
    "GOV": "governance",
}


def main() -> int:
    """Write every page, or with --check say which differ; 1 if any does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, fail where a page differs")
    is_check = parser.parse_args().check
    made = pages()
    stale = sorted(name for name, text in made.items() if _read(name) != text)
    left = sorted({f"rules/{each.name}" for each in (DOCS / "rules").glob("*.md")} - set(made))
    if is_check:
        kept = [name for name in stale if not OF_RULES.match(name)]
        for name in kept:
            print(f"docs/{name} differs from the code; run `just docs`", file=sys.stderr)
        return 1 if kept else 0
    for name in stale:
        (DOCS / name).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / name).write_text(made[name], "utf-8")
    for name in left:
        (DOCS / name).unlink()
    print(f"{len(made)} pages, {len(stale)} written, {len(left)} removed")
    return 0


def pages() -> dict[str, str]:
    """Every generated page by its name under docs/."""
    from hauberk.rules import load

    rules = load()
    made = {f"rules/{each.id}.md": rule_page(each) for each in rules.values()}
    made["rules.md"] = rules_page(rules)
    made["frameworks.md"] = frameworks_page(rules)
    made["formats.md"] = formats_page()
    made["exit-codes.md"] = exit_codes_page()
    made["settings.md"] = settings_page()
    made["cli.md"] = cli_page()
    made = {name: MADE + text for name, text in made.items()}
    return made | {name: played_page(_read(name)) for name in PLAYED}


def played_page(text: str) -> str:
    """The page with the output of its commands, run one after the other in a copy of examples/."""
    with tempfile.TemporaryDirectory() as folder:
        left_out = shutil.ignore_patterns("bad", "*.safetensors", "*.pkl", "__pycache__")
        shutil.copytree(DOCS.parent / "examples", Path(folder) / "examples", ignore=left_out)
        return CONSOLE.sub(lambda block: _played(block[0], folder), text)


def _played(block: str, folder: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    lines: list[str] = []
    for command in (line for line in block.splitlines() if line.startswith("$ ")):
        done = subprocess.run(  # the commands are our own documentation
            command[2:], shell=True, cwd=folder, env={**os.environ, "PATH": path, "COLUMNS": "100"},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LONGEST, check=False,
        )  # fmt: skip
        lines += [command, _steady(done.stdout.decode()).rstrip()]
    return "\n".join(line for line in lines if line) + "\n"


def _steady(text: str) -> str:
    for varying, instead in VARYING:
        text = varying.sub(instead, text)
    return text


def rule_page(rule: Rule) -> str:
    """What a rule says of itself."""
    maps = [f"- {_entry(each)}" for each in rule.maps] or ["None."]
    lines = [
        f"# {rule.id} {rule.slug}",
        _prose(rule.title),
        f"Severity **{rule.severity}**, confidence {rule.confidence}, for the {rule.persona}. "
        f"Judges `{rule.view.__name__}`.",
        f"**Why:** {_prose(rule.why)}",
        f"**What to do:** {_prose(rule.remediation)}",
        f"**Source:** {_prose(rule.source)}",
        "## Maps to",
        "\n".join(maps),
        "## Examples",
        f"Reported: {_names(each.name for each in rule.bad)}.",
        f"Not reported: {_names(each.name for each in rule.good)}.",
    ]
    return "\n\n".join(lines) + "\n"


def rules_page(rules: Mapping[str, Rule]) -> str:
    """Every rule, a line each, by link of the chain."""
    lines = [f"# Rules\n\n{len(rules)} rules. `hauberk explain ID` says the same on the terminal.\n"]
    for prefix, link in LINKS.items():
        own = [each for each in rules.values() if each.id.startswith(prefix)]
        if own:
            lines.append(f"\n## {link.capitalize()}\n")
            lines += ["| Rule | Severity | Says |", "| --- | --- | --- |"]
            lines += [
                f"| [{each.id}](rules/{each.id}.md) | {each.severity} | {_cell(each.title)} |" for each in own
            ]
    return "\n".join(lines) + "\n"


def frameworks_page(rules: Mapping[str, Rule]) -> str:
    """Every entry of a framework that a rule maps to, with the rules."""
    by_entry: dict[str, list[str]] = defaultdict(list)
    for rule in rules.values():
        for id in rule.maps:
            by_entry[id].append(rule.id)
    lines = ["# Frameworks\n\nWhat the rules contribute to. Titles of CWE and AISVS are in our own words.\n"]
    for name in dict.fromkeys(each.framework for each in entries().values()):
        own = [each for each in entries().values() if each.framework == name and each.id in by_entry]
        if own:
            lines.append(f"\n## {name} {own[0].edition}\n")
            lines += ["| Entry | Title | Rules |", "| --- | --- | --- |"]
            for each in own:
                links = " ".join(f"[{id}](rules/{id}.md)" for id in by_entry[each.id])
                lines.append(f"| [{each.id}]({each.url}) | {_cell(each.title)} | {links} |")
    return "\n".join(lines) + "\n"


def formats_page() -> str:
    """What can be read, and what can be written."""
    from hauberk.formats.recognise import formats
    from hauberk.report import FORMATS

    lines = ["# Formats\n\n## Read\n", "| Name | What it is |", "| --- | --- |"]
    lines += [f"| `{each.name}` | {_cell(each.title)} |" for each in formats()]
    lines += ["\n## Written (`-o NAME` or `-o NAME=FILE`)\n", "| Name | What it is |", "| --- | --- |"]
    for name, module in FORMATS.items():
        first = (import_module(module).__doc__ or "").partition("\n\n")[0]
        lines.append(f"| `{name}` | {_cell(' '.join(first.split()))} |")
    return "\n".join(lines) + "\n"


def exit_codes_page() -> str:
    """The codes, from the code."""
    from hauberk.core.verdict import EXIT_BUG, EXIT_CODES, EXIT_USAGE, Word

    meanings = {
        EXIT_CODES[Word.PASS]: "**pass**: everything was examined and nothing stops",
        EXIT_CODES[Word.STOP]: "**stop**: a finding reaches the severity that stops",
        EXIT_USAGE: "usage: what was asked for makes no sense",
        EXIT_CODES[Word.UNKNOWN]: "**unknown**: something could not be examined, or nothing was",
        EXIT_BUG: "a bug of Hauberk's own",
    }
    lines = ["# Exit codes\n\nThe same for every output format. Unknown is never a pass.\n"]
    lines += ["| Code | Meaning |", "| ---: | --- |"]
    lines += [f"| {code} | {meaning} |" for code, meaning in sorted(meanings.items())]
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """Every setting, from the schema."""
    from hauberk.gate.settings import schema

    lines = [
        "# Settings\n\nIn `hauberk.toml`, or under `[tool.hauberk]` in `pyproject.toml`. `hauberk init` "
        "writes a commented file, `hauberk init --schema` the JSON schema for editors.\n",
        "| Setting | Takes | Default | Meaning |",
        "| --- | --- | --- | --- |",
    ]
    lines += _settings("", schema())
    return "\n".join(lines) + "\n"


def _settings(path: str, table: Mapping[str, object]) -> Iterator[str]:
    properties = table["properties"]
    assert isinstance(properties, dict)
    for name, each in properties.items():
        items = each.get("items", {})
        default = f"`{str(each['default']).lower()}`" if "default" in each else ""
        yield f"| `{path}{name}` | {_takes(each)} | {default} | {_cell(each.get('description', ''))} |"
        if items.get("type") == "object":
            yield from _settings(f"{path}{name}[].", items)


def _takes(schema: Mapping[str, object]) -> str:
    items = schema.get("items")
    if isinstance(items, dict):
        return f"array of {_takes(items)}"
    choices = schema.get("enum")
    if isinstance(choices, list):
        return ", ".join(f"`{each}`" for each in choices)
    return {"object": "table", "string": str(schema.get("format", "text"))}.get(
        str(schema["type"]), str(schema["type"])
    )


def cli_page() -> str:
    """The help of every command, as the command prints it."""
    from click.testing import CliRunner

    from hauberk.cli.entry import COMMANDS
    from hauberk.cli.main import cli

    parts = ["# Commands"]
    for arguments in ([], *([name] for name in COMMANDS)):
        result = CliRunner().invoke(
            cli,
            [*arguments, "--help"],
            prog_name="hauberk",
            terminal_width=HELP_WIDTH,
            max_content_width=HELP_WIDTH,
        )
        if result.exit_code:
            raise SystemExit(f"hauberk {' '.join(arguments)} --help fails: {result.output}{result.exception}")
        title = " ".join(["hauberk", *arguments])
        parts.append(f"## {title}\n\n```console\n$ {title} --help\n{result.output.strip()}\n```")
    return "\n\n".join(parts) + "\n"


def _entry(id: str) -> str:
    entry = known(id)
    return f"[{id}]({entry.url}) {entry.title} ({entry.framework} {entry.edition})" if entry else id


def _names(names: Iterator[str]) -> str:
    return ", ".join(f"`{each}`" for each in dict.fromkeys(names))


def _cell(text: str) -> str:
    return _prose(text).replace("|", "\\|")


def _prose(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _read(name: str) -> str:
    path = DOCS / name
    return path.read_text("utf-8") if path.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
