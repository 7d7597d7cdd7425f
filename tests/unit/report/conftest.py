import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SNAPSHOTS = Path(__file__).parents[2] / "snapshots"


@pytest.fixture(scope="session")
def fixed() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fixed", SNAPSHOTS / "fixed.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
