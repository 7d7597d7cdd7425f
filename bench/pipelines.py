"""Our rules beside zizmor on a folder of workflows: `python -m bench.pipelines ZIZMOR FOLDER`.

zizmor runs offline, file by file, as its own tests do. A finding counts as met where one of our rules for the
same question tells of the same file, at most four lines away (both name the step, one its first line).
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from hauberk.core.asset import Asset, Bytes
from hauberk.scan.examine import examine

NEAR = 4
QUESTIONS = {
    "adhoc-packages": "PIP028", "archived-uses": "PIP055", "artipacked": "PIP044", "bot-conditions": "PIP049",
    "cache-poisoning": "PIP051", "dangerous-triggers": "PIP042", "dependabot-cooldown": "PIP060",
    "dependabot-execution": "PIP061", "excessive-permissions": "PIP041", "github-app": "PIP058",
    "github-env": "PIP047", "hardcoded-container-credentials": "PIP053", "insecure-commands": "PIP048",
    "insecure-url-scheme": "PIP062", "obfuscation": "PIP054", "overprovisioned-secrets": "PIP045",
    "secrets-inherit": "PIP045", "self-hosted-runner": "PIP031", "template-injection": "PIP019",
    "typosquat-uses": "PIP056", "unpinned-images": "PIP001", "unpinned-tools": "PIP057",
    "unpinned-uses": "PIP040",
    "unredacted-secrets": "PIP046", "unsound-condition": "PIP050", "unsound-contains": "PIP050",
    "use-trusted-publishing": "PIP052",
}  # fmt: skip


def theirs(zizmor: str, path: Path) -> list[tuple[str, int]]:
    """zizmor's questions and lines for one file; none where it refuses the file."""
    command = [zizmor, "--offline", "--quiet", "--format", "json", str(path)]
    out = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = []
    for each in json.loads(out) if out.strip() else ():
        places = each["locations"]
        place = next((one for one in places if one["symbolic"]["kind"] == "Primary"), places[0])
        found.append((each["ident"], place["concrete"]["location"]["start_point"]["row"] + 1))
    return found


def ours(path: Path) -> list[tuple[str, int]]:
    """Our rules and lines for one file, read as the workflow that it is meant as."""
    is_named = path.name.startswith(("action.", "dependabot.", ".pre-commit"))
    name = path.name if is_named else f".github/workflows/{path.name}"
    found = examine(Asset(name, Bytes(path.read_bytes()))).findings
    return [(each.rule, each.place.line or 0) for each in found]


def main(zizmor: str, folder: str) -> None:
    """Print how many of zizmor's findings our rules meet, by question."""
    asked: Counter[str] = Counter()
    met: Counter[str] = Counter()
    seconds = 0.0
    for path in sorted(each for each in Path(folder).rglob("*") if each.suffix in (".yml", ".yaml")):
        began = time.perf_counter()
        mine = ours(path)
        seconds += time.perf_counter() - began
        for question, line in theirs(zizmor, path):
            asked[question] += 1
            rule = QUESTIONS.get(question)
            met[question] += any(one == rule and abs(at - line) <= NEAR for one, at in mine)
    for question, count in asked.most_common():
        print(f"{question:34} {met[question]:4} of {count}")
    total = sum(asked.values())
    print(f"{'all':34} {sum(met.values()):4} of {total}, ours in {seconds:.2f} s")


if __name__ == "__main__":
    main(*sys.argv[1:3])
