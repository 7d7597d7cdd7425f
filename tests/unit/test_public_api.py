import subprocess
import sys

import hauberk


def test_the_public_names_are_few_sorted_and_there() -> None:
    assert hauberk.__all__ == sorted(hauberk.__all__)
    assert len(hauberk.__all__) <= 30
    assert all(getattr(hauberk, name) is not None for name in hauberk.__all__)


def test_importing_loads_no_rule_and_no_third_party() -> None:
    code = (
        "import hauberk, sys\n"
        "print([m for m in sys.modules if m.startswith(('click', 'jinja2', 'yaml', 'hauberk.rules'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_imports_no_command() -> None:
    code = (
        "import sys; from hauberk.cli.main import run; run(['--help'])\n"
        "sys.exit(bool([m for m in sys.modules if m in ('hauberk.rules', 'hauberk.cli.scan', 'jinja2')]))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_the_call_and_the_room_share_a_name() -> None:
    from hauberk.scan.run import scan

    assert hauberk.scan is scan
