"""The rule that the documentation shows is a rule: its own examples hold."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHECK = """
import sys
from pathlib import Path
from hauberk.core.asset import Asset, Bytes
page = Path(sys.argv[1]).read_text("utf-8")
exec(compile(page.split("```python\\n")[1].split("```")[0], "documented", "exec"))
from hauberk.rules import load
from hauberk.scan.examine import examine
rule = load()["MDL150"]
def reported(sample):
    found = [examine(Asset(name, Bytes(octets))) for name, octets in sample.files().items()]
    return any(finding.rule == rule.id for each in found for finding in each.findings)
assert all(map(reported, rule.bad)), "the bad example is not reported"
assert not any(map(reported, rule.good)), "the good example is reported"
assert rule.title.endswith(".") and rule.why and rule.remediation and rule.source
"""


def test_the_documented_rule_works() -> None:
    page = ROOT / "docs" / "how-to" / "add-a-rule.md"
    done = subprocess.run([sys.executable, "-c", CHECK, page], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_contributing_shows_the_same_rule() -> None:
    page = (ROOT / "docs" / "how-to" / "add-a-rule.md").read_text("utf-8").split("@rule(")[1].split("```")[0]
    assert page in (ROOT / "CONTRIBUTING.md").read_text("utf-8")
