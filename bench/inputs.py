"""The inputs of the speed benchmark, made once by the real libraries where they are installed.

Run by an interpreter that has torch, scikit-learn and joblib: `HAUBERK_ML_PYTHON` names it.
"""

from __future__ import annotations

import json
import os
import pickle
import struct
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).parent / "out" / "inputs"
BIG = 2_000_000_000  # bytes
DENSE_ROWS = 11_200_000  # rows that pickle to about 300 MB


def torch_zip(path: Path) -> None:
    import torch

    torch.save({"weight": torch.zeros(BIG // 4, dtype=torch.float32)}, path)


def safetensors(path: Path) -> None:
    header = {"weight": {"dtype": "F32", "shape": [BIG // 4], "data_offsets": [0, BIG]}}
    octets = json.dumps(header).encode()
    octets += b" " * (-len(octets) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(octets)) + octets)
        file.truncate(file.tell() + BIG)


def dense(path: Path) -> None:
    """A list of dicts of small numbers and short strings: almost nothing but opcodes."""
    rows = [{"id": i, "a": i % 251, "b": f"v{i % 1000}", "c": None} for i in range(DENSE_ROWS)]
    with path.open("wb") as file:
        pickle.dump(rows, file, protocol=4)


def dense_late(path: Path) -> None:
    """The dense pickle with a harmless payload as its last act."""
    octets = (HOME / "dense300.pkl").read_bytes()
    path.write_bytes(octets[:-1] + b"0cposix\nsystem\nX\x04\x00\x00\x00true\x85R.")


def forest(path: Path) -> None:
    import joblib
    import numpy as np
    from sklearn.ensemble import RandomForestRegressor

    rng = np.random.default_rng(0)
    rows = rng.normal(size=(60_000, 12))
    model = RandomForestRegressor(60, n_jobs=2, random_state=0).fit(rows, rows.sum(axis=1))
    joblib.dump(model, path)


def small(path: Path) -> None:
    """2,000 small model files of six formats, 14 MB in all."""
    import joblib
    import numpy as np
    import torch
    from safetensors.numpy import save_file
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeClassifier

    path.mkdir()
    rng = np.random.default_rng(0)
    for i in range(2000):
        rows = rng.normal(size=(40, 8))
        labels = np.arange(40) % 2
        kind = i % 6
        if kind == 0:
            (path / f"{i}.pkl").write_bytes(pickle.dumps(LogisticRegression().fit(rows, labels)))
        elif kind == 1:
            joblib.dump(DecisionTreeClassifier().fit(rows, labels), path / f"{i}.joblib")
        elif kind == 2:
            torch.save(torch.nn.Linear(32, 32).state_dict(), path / f"{i}.pt")
        elif kind == 3:
            save_file({"w": rng.normal(size=(32, 32)).astype("float32")}, path / f"{i}.safetensors")
        elif kind == 4:
            np.save(path / f"{i}.npy", rng.normal(size=(32, 32)))
        else:
            (path / f"{i}.pkl").write_bytes(pickle.dumps({"w": rows.tolist(), "name": f"m{i}"}))


INPUTS = {
    "torch2g.pt": torch_zip,
    "big2g.safetensors": safetensors,
    "dense300.pkl": dense,
    "late300.pkl": dense_late,
    "forest.joblib": forest,
    "small": small,
}


def made() -> dict[str, Path]:
    """Every input by name, made now where it was not."""
    HOME.mkdir(parents=True, exist_ok=True)
    python = os.environ.get("HAUBERK_ML_PYTHON", sys.executable)
    for name in INPUTS:
        if not (HOME / name).exists():
            subprocess.run([python, "-m", "bench.inputs", name], check=True, cwd=Path(__file__).parents[1])
    return {name: HOME / name for name in INPUTS}


if __name__ == "__main__":
    HOME.mkdir(parents=True, exist_ok=True)
    target = HOME / sys.argv[1]
    INPUTS[sys.argv[1]](target.with_name(target.name))
