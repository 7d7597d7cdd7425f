"""The gate in front of a real MLflow server: the stock client registers and loads through it, or is refused.

Server and client live in an environment of their own, with pinned hashes.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.peers import HOME
from tests.hub import Hub, running_hub

REQUIREMENTS = Path(__file__).parents[2] / "requirements" / "mlflow.txt"
START_SECONDS = 120

SHARED = """
import os, sys, mlflow
import numpy as np
mlflow.set_experiment("gate")
"""
CLEAN = (
    SHARED
    + """
from sklearn.linear_model import LinearRegression
model = LinearRegression().fit(np.arange(6.0).reshape(-1, 1), np.arange(6.0))
with mlflow.start_run() as run:
    mlflow.log_metric("loss", 0.5)
    info = mlflow.sklearn.log_model(model, name="model", registered_model_name="clean")
client = mlflow.MlflowClient()
print("status", client.get_model_version("clean", "1").status)
for uri in ("models:/clean/1", info.model_uri):
    print("answer", round(float(mlflow.sklearn.load_model(uri).predict(np.array([[7.0]]))[0])))
client.set_registered_model_alias("clean", "champion", "1")
champion = mlflow.pyfunc.load_model("models:/clean@champion")
print("answer", round(float(champion.predict(np.array([[7.0]]))[0])))
print("runs", len(mlflow.search_runs()))
"""
)
POISON = (
    SHARED
    + """
import pickle, tempfile, pathlib, yaml
class Poison:
    def __reduce__(self):
        return os.system, ("true",)
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "model.pkl").write_bytes(pickle.dumps(Poison()))
(folder / "MLmodel").write_text(yaml.safe_dump({
    "artifact_path": "model", "flavors": {"sklearn": {"pickled_model": "model.pkl",
    "serialization_format": "pickle", "sklearn_version": "1.7.2"},
    "python_function": {"loader_module": "mlflow.sklearn", "model_path": "model.pkl"}}}))
client = mlflow.MlflowClient()
with mlflow.start_run() as run:
    mlflow.log_artifacts(str(folder), "model")
client.create_registered_model("poison")
source = f"{run.info.artifact_uri}/model"
def attempt(what):
    try:
        what()
        print("LOADED")
    except Exception as error:
        print("refused", str(error).replace(chr(10), " "))
attempt(lambda: client.create_model_version("poison", source, run.info.run_id))
attempt(lambda: mlflow.sklearn.load_model("models:/poison/1"))
attempt(lambda: mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/model"))
attempt(lambda: mlflow.artifacts.download_artifacts(f"{source}/model.pkl"))
attempt(lambda: client.set_registered_model_alias("poison", "champion", "1"))
"""
)
ELSEWHERE = (
    SHARED
    + """
client = mlflow.MlflowClient()
client.create_registered_model("elsewhere")
hosts = "s3://bucket/model", "file:///etc", "/etc", "http://127.0.0.1:1/x"
for source in (*hosts, "mlflow-artifacts:/../../etc"):
    try:
        client.create_model_version("elsewhere", source)
        print("CREATED", source)
    except Exception as error:
        print("refused", source, str(error).replace(chr(10), " "))
"""
)


@pytest.fixture(scope="module")
def python() -> Path:
    """The interpreter that has MLflow, installed once."""
    home = HOME / "mlflow"
    if not (home / "bin" / "mlflow").exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        install = [home / "bin" / "pip", "install", "-q", "--require-hashes", "-r", REQUIREMENTS]
        subprocess.run(install, check=True)
    return home / "bin" / "python"


@pytest.fixture(scope="module")
def server(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        python, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}",
        "--artifacts-destination", str(folder / "artifacts"),
    ]  # fmt: skip
    log = (folder / "server.log").open("w")
    process = subprocess.Popen(
        [str(each) for each in command], stdout=log, stderr=log, start_new_session=True
    )
    try:
        _wait(f"http://127.0.0.1:{port}/health", folder / "server.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, 15)
        process.wait(timeout=30)


def _wait(url: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(url, timeout=2)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise AssertionError(log.read_text()[-2000:])


@pytest.fixture(scope="module")
def gate(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("gate") / "registry"
    with running_hub(folder, f"--upstream={server}", service="mlflow-gate") as found:
        yield found


def client(python: Path, gate: Hub, code: str, token: str | None = None) -> str:
    environment = {
        **os.environ,
        "MLFLOW_TRACKING_URI": gate.url,
        "MLFLOW_TRACKING_TOKEN": gate.token if token is None else token,
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
        "MLFLOW_ENABLE_ASYNC_LOGGING": "false",
    }
    command = [str(python), "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)
    return done.stdout + done.stderr


def test_a_clean_model_is_registered_and_loaded(python: Path, gate: Hub) -> None:
    told = client(python, gate, CLEAN)
    assert told.count("answer 7") == 3, told[-3000:]
    assert "runs 1" in told
    assert "status READY" in told


def test_poison_is_refused_by_every_way(python: Path, gate: Hub) -> None:
    told = client(python, gate, POISON)
    assert "LOADED" not in told, told
    assert sum(line.startswith("refused ") for line in told.splitlines()) == 5, told[-3000:]
    assert "imports posix.system" in told


def test_artifacts_that_lie_elsewhere_are_refused(python: Path, gate: Hub) -> None:
    told = client(python, gate, ELSEWHERE)
    assert "CREATED" not in told and told.count("refused") >= 5, told[-3000:]


def test_who_has_no_token_gets_nothing(python: Path, gate: Hub) -> None:
    told = client(python, gate, SHARED, token="wrong")
    assert "MLFLOW_TRACKING_TOKEN" in told


def test_what_was_altered_behind_the_gate_is_not_served(python: Path, gate: Hub, server: str) -> None:
    """The gate serves what was scanned, whatever happens to the files of the server behind."""
    code = (
        SHARED
        + """
import pathlib, tempfile
folder = pathlib.Path(tempfile.mkdtemp()); (folder / "notes.txt").write_text("first")
with mlflow.start_run() as run:
    mlflow.log_artifacts(str(folder), "notes")
uri = f"{run.info.artifact_uri}/notes/notes.txt"
print("one", pathlib.Path(mlflow.artifacts.download_artifacts(uri)).read_text())
print("uri", uri)
"""
    )
    told = client(python, gate, code)
    assert "one first" in told, told[-3000:]
    path = told.split("uri mlflow-artifacts:/")[1].split()[0]
    request = urllib.request.Request(
        f"{server}/api/2.0/mlflow-artifacts/artifacts/{path}", data=b"second", method="PUT"
    )
    urllib.request.urlopen(request, timeout=10)
    answer = gate.ask("GET", f"/api/2.0/mlflow-artifacts/artifacts/{path}")
    assert answer.body == b"first"


def test_ways_past_the_gate_are_closed(gate: Hub) -> None:
    for path in (
        "/api/2.0/mlflow-artifacts/presigned/1/a",
        "/ajax-api/2.0/mlflow-artifacts/presigned/1/a",
        "/api/2.0/mlflow-artifacts/artifacts/../../etc/passwd",
        "/api/2.0/mlflow-artifacts/artifacts/%2e%2e/%2e%2e/etc/passwd",
        "/get-artifact?path=x&run_uuid=../../x",
        "//127.0.0.1/x",
    ):
        assert gate.ask("GET", path).status in (400, 403, 404, 503), path
