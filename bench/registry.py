"""`just bench registry`: the hub beside nginx, its two ways of upload, signing, and questions a second.

python -m bench.registry [--size BYTES] [--runs N]

nginx is Debian's, with sendfile, on a copy of nothing but the file. Everything is on loopback, so that client
and server share the cores: ratios and the servers' CPU seconds count.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.hub import Hub, running_hub

GIGABYTE = 1_000_000_000
TICKS = os.sysconf("SC_CLK_TCK")
QUESTIONS = 400


def weights(path: Path, size: int) -> None:
    """A safetensors file of so many bytes that look random."""
    told = {"w": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}
    header = json.dumps(told).encode()
    header += b" " * (-len(header) % 8)
    block = os.urandom(1 << 24)
    with path.open("wb") as target:
        target.write(len(header).to_bytes(8, "little") + header)
        for start in range(0, size, len(block)):
            target.write(block[: size - start])


def cpu(pid: int) -> float:
    """CPU seconds of a process and of the children that it has waited for or still has."""
    children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    own = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(own[11]) + int(own[12])) / TICKS + sum(cpu(int(each)) for each in children.stdout.split())


@contextmanager
def nginx(file: Path) -> Iterator[tuple[str, int]]:
    """The address of the file at an nginx, and its process."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "nginx.conf").write_text(
            f"daemon off; worker_processes 1; pid {root}/pid; error_log {root}/log; user root;\n"
            "events {}\n"
            f"http {{ access_log off; sendfile on; tcp_nopush on; server {{ listen 127.0.0.1:8479;"
            f" root {file.parent}; }} }}\n"
        )
        process = subprocess.Popen([str(shutil.which("nginx")), "-c", f"{root}/nginx.conf", "-p", folder])
        time.sleep(1)
        try:
            yield f"http://127.0.0.1:8479/{file.name}", process.pid
        finally:
            process.terminate()
            process.wait()


def fetch(url: str, token: str, at_once: int) -> float:
    """Seconds for so many downloads at once."""
    command = ["curl", "-sf", "-o", "/dev/null", "-H", f"Authorization: Bearer {token}", url]
    begun = time.monotonic()
    with ThreadPoolExecutor(at_once) as pool:
        done = list(pool.map(lambda _: subprocess.run(command, check=True), range(at_once)))
    assert len(done) == at_once
    return time.monotonic() - begun


def serving(hub: Hub, path: str, file: Path, runs: int) -> None:
    size = file.stat().st_size / GIGABYTE
    print("| download | server | connections | GB / s | of nginx's | server CPU s / GB |")
    print("|---|---|---|---|---|---|")
    with nginx(file) as (url, pid):
        places = {"nginx": (url, pid), "hauberk": (hub.url + path, hub.process.pid)}
        for at_once in (1, 8):
            rates: dict[str, list[float]] = {name: [] for name in places}
            spent: dict[str, float] = dict.fromkeys(places, 0.0)
            for _ in range(runs):
                for name, (place, server) in places.items():
                    before = cpu(server)
                    rates[name].append(at_once * size / fetch(place, hub.token, at_once))
                    spent[name] += cpu(server) - before
            reference = statistics.median(rates["nginx"])
            for name, found in rates.items():
                rate = statistics.median(found)
                each = spent[name] / (runs * at_once * size)
                print(
                    f"| {size:g} GB | {name} | {at_once} | {rate:.2f} | {rate / reference:.2f} | {each:.2f} |"
                )


def uploading(hub: Hub, runs: int) -> None:
    """1 GB that no server has seen, by the stock client, in both of its ways."""
    taken: dict[str, list[float]] = {"Xet": [], "LFS": []}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.bin"
        for run in range(runs):
            for name, found in taken.items():
                with file.open("wb") as target:
                    for _ in range(100):
                        target.write(os.urandom(GIGABYTE // 100))
                code = (
                    "import sys; from huggingface_hub import HfApi\n"
                    "file, name = sys.argv[1:]\n"
                    "HfApi().upload_file(repo_id='bench/up', path_or_fileobj=file, path_in_repo=name)"
                )
                environment = {
                    **os.environ,
                    "HF_ENDPOINT": hub.url,
                    "HF_TOKEN": hub.token,
                    "HF_HOME": folder,
                    "HF_HUB_DISABLE_XET": "0" if name == "Xet" else "1",
                }
                command = [sys.executable, "-c", code, str(file), f"{name}-{run}.bin"]
                begun = time.monotonic()
                subprocess.run(command, env=environment, check=True, capture_output=True)
                found.append(time.monotonic() - begun)
    print("\n| upload of 1 GB | s | of LFS's |\n|---|---|---|")
    reference = statistics.median(taken["LFS"])
    for name, found in taken.items():
        print(f"| {name} | {statistics.median(found):.1f} | {statistics.median(found) / reference:.2f} |")


def asking(hub: Hub, name: str) -> None:
    """Questions and commits a second, one after the other over one address."""
    api = hub.api()
    questions: dict[str, Callable[[int], object]] = {
        "model_info": lambda _: hub.ask("GET", f"/api/models/{name}"),
        "list of files": lambda _: hub.ask("GET", f"/api/models/{name}/tree/main"),
        "head of a file": lambda _: hub.ask("HEAD", f"/{name}/resolve/main/README.md"),
        "commit of a small file": lambda n: api.upload_file(
            repo_id="bench/up", path_or_fileobj=f"{n}\n".encode(), path_in_repo=f"{n}.txt"
        ),
    }
    print("\n| question | a second |\n|---|---|")
    for what, ask in questions.items():
        count = QUESTIONS if "commit" not in what else QUESTIONS // 10
        begun = time.monotonic()
        for number in range(count):
            ask(number)
        print(f"| {what} | {count / (time.monotonic() - begun):.0f} |")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--size", type=int, default=2 * GIGABYTE)
    arguments.add_argument("--runs", type=int, default=3)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        model = root / "model"
        model.mkdir()
        weights(model / "model.safetensors", chosen.size)
        (model / "README.md").write_text("---\nlicense: mit\n---\n# A model\n\nFor measuring only.\n")
        with running_hub(root / "registry") as hub:
            hub.api().create_repo("bench/model")
            hub.api().upload_folder(repo_id="bench/model", folder_path=model)
            assert hub.wait("bench/model") == "clean"
            serving(
                hub, "/bench/model/resolve/main/model.safetensors", model / "model.safetensors", chosen.runs
            )
            asking(hub, "bench/model")
            uploading(hub, chosen.runs)


if __name__ == "__main__":
    main()
