"""hauberk.models.load on files of the real libraries, and on files that bite."""

import io
import os
import pickle
import warnings
import zipfile
from collections import OrderedDict
from pathlib import Path

import joblib
import numpy as np
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hauberk.core.errors import MissingPath, UnreadableAsset, UnsafeAsset
from hauberk.models import load
from hauberk.models.unpickler import Unpickler, load_joblib, load_torch

X = np.random.RandomState(0).rand(30, 3)
Y = np.arange(30) % 2


class Touches:
    """Creates a file when it is loaded: proof that code ran."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, int]]:
        return os.open, (str(self.path), os.O_CREAT)


def fitted() -> object:
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)


def test_a_plain_pickle_is_loaded(tmp_path: Path) -> None:
    value = {"a": [1, 2.5, None, "x", b"y"], "o": OrderedDict(a=1), "s": {1, 2}}
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(value))
    assert load(tmp_path / "m.pkl") == value


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickled_estimator_predicts_as_before(tmp_path: Path, protocol: int) -> None:
    model = fitted()
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(model, protocol))
    assert (load(tmp_path / "m.pkl").predict(X) == model.predict(X)).all()


@pytest.mark.parametrize("compress", [0, "zlib", "gzip", "bz2", "xz", "lzma", "lz4"])
def test_a_joblib_file_is_loaded_however_compressed(tmp_path: Path, compress: object) -> None:
    value = {
        "model": RandomForestClassifier(3, random_state=0).fit(X, Y),
        "x": X,
        "o": np.array(["a", None], object),
    }
    joblib.dump(value, tmp_path / "m.joblib", compress=(compress, 3) if compress else 0)
    found = load(tmp_path / "m.joblib")
    assert (found["model"].predict(X) == value["model"].predict(X)).all()
    assert (found["x"] == X).all()
    assert found["o"].tolist() == ["a", None]


@pytest.mark.parametrize("is_zip", [True, False])
def test_torch_files_are_loaded_whole_and_as_state(tmp_path: Path, is_zip: bool) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.LSTM(4, 2))
    for name, value in (("whole.pt", model), ("state.pt", {"model": model.state_dict(), "epoch": 3})):
        torch.save(value, tmp_path / name, _use_new_zipfile_serialization=is_zip)
    assert str(load(tmp_path / "whole.pt")) == str(model)
    state = load(tmp_path / "state.pt")
    assert all(torch.equal(state["model"][name], held) for name, held in model.state_dict().items())


def test_an_optimizer_in_a_plain_pickle_is_loaded(tmp_path: Path) -> None:
    optimizer = torch.optim.Adam(torch.nn.Linear(2, 2).parameters())
    (tmp_path / "o.pkl").write_bytes(pickle.dumps(optimizer))
    assert isinstance(load(tmp_path / "o.pkl"), torch.optim.Adam)


@pytest.mark.parametrize("suffix", [".pkl", ".joblib", ".pt", ".joblib.z"])
def test_a_file_that_runs_code_is_refused_and_runs_nothing(tmp_path: Path, suffix: str) -> None:
    proof, path = tmp_path / "proof", tmp_path / f"m{suffix}"
    value = {"w": np.ones(3), "x": Touches(proof)}
    if suffix == ".pkl":
        path.write_bytes(pickle.dumps(value))
    elif suffix == ".pt":
        torch.save(value, path)
    else:
        joblib.dump(value, path, compress=3 if suffix.endswith(".z") else 0)
    with pytest.raises(UnsafeAsset, match="is not loaded") as refused:
        load(path)
    assert refused.value.findings
    assert not proof.exists()


def test_code_inside_an_array_of_objects_is_refused(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    joblib.dump(np.array([Touches(proof), 1], dtype=object), tmp_path / "m.joblib")
    with pytest.raises(UnsafeAsset):
        load(tmp_path / "m.joblib")
    with pytest.raises(UnsafeAsset):
        load_joblib((tmp_path / "m.joblib").read_bytes())
    assert not proof.exists()


def test_the_unpickler_alone_refuses_what_no_policy_lists(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    with pytest.raises(UnsafeAsset, match=r"(posix|nt)\.open is"):
        Unpickler(io.BytesIO(pickle.dumps(Touches(proof)))).load()
    for program in (
        b"cnobody.knows\nthis\n.",
        b"cjoblib.logger\nPrintTime\n.",
        b"cbuiltins\neval\n.",
        b"c__builtin__\neval\n.",
    ):
        with pytest.raises(UnsafeAsset):
            Unpickler(io.BytesIO(program)).load()
    assert not proof.exists()


def test_the_unpickler_looks_up_no_private_attribute() -> None:
    with pytest.raises(UnsafeAsset, match="__globals__"):
        Unpickler(io.BytesIO(b"cbuiltins\ngetattr\n(cnumpy\nclip\nX\x0b\x00\x00\x00__globals__tR.")).load()


def test_a_torch_file_inside_a_pickle_is_held_to_the_policies_too(tmp_path: Path) -> None:
    proof, inner = tmp_path / "proof", io.BytesIO()
    torch.save(Touches(proof), inner)
    octets = inner.getvalue()
    program = (
        b"\x80\x03ctorch.storage\n_load_from_bytes\nB"
        + len(octets).to_bytes(4, "little")
        + octets
        + b"\x85R."
    )
    with pytest.raises(UnsafeAsset):
        Unpickler(io.BytesIO(program)).load()
    with pytest.raises(UnsafeAsset):
        load_torch(octets)
    assert not proof.exists()


def test_the_bytes_that_are_loaded_are_those_that_were_examined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hauberk.scan import examine

    path, proof = tmp_path / "m.pkl", tmp_path / "proof"
    path.write_bytes(pickle.dumps({"good": 1}))
    real = examine.examine

    def swapping(asset: object) -> object:
        path.write_bytes(pickle.dumps(Touches(proof)))
        return real(asset)  # type: ignore[arg-type]

    monkeypatch.setitem(load.__globals__, "examine", swapping)
    assert load(path) == {"good": 1}
    assert not proof.exists()


def test_a_scripted_torch_file_is_refused(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.script(torch.nn.Linear(2, 2)).save(str(tmp_path / "m.pt"))
    with pytest.raises(UnsafeAsset, match="TorchScript"):
        load(tmp_path / "m.pt")


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingPath):
        load(tmp_path / "none.pkl")
    (tmp_path / "m.pkl").write_bytes(pickle.dumps([1] * 50)[:-10])
    with pytest.raises((UnsafeAsset, UnreadableAsset)):
        load(tmp_path / "m.pkl")
    with zipfile.ZipFile(tmp_path / "z.pt", "w") as held:
        held.writestr("a.txt", "x")
    with pytest.raises((UnsafeAsset, UnreadableAsset)):
        load(tmp_path / "z.pt")
