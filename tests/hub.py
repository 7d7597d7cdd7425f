"""A real registry for tests: the installed command as a process of its own, on loopback, and its accounts."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

START_SECONDS = 60
SCAN_SECONDS = 120
HAUBERK = (sys.executable, "-m", "hauberk")


@dataclass(frozen=True)
class Answer:
    """What a registry answered to a bare request; names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Hub:
    """A registry that runs: where, in which folder, and the administrator's token."""

    url: str
    token: str
    folder: Path
    options: tuple[str, ...]
    process: subprocess.Popen[str] = field(repr=False)

    def admin(self, *words: str, code: int = 0) -> str:
        """What `hauberk registry` says to the words."""
        done = subprocess.run(
            [*HAUBERK, "registry", "--folder", str(self.folder), *self._store, *words],
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def account(self, name: str, role: str, scope: str = "write") -> str:
        """The token of a new account."""
        self.admin("account", name, "--role", role)
        return self.admin("token", name, "--scope", scope).split()[-1]

    def api(self, token: str | None = None) -> Any:
        """The stock client."""
        from huggingface_hub import HfApi

        return HfApi(endpoint=self.url, token=self.token if token is None else token)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """The answer to a request that no client of ours has touched."""
        bearer = self.token if token is None else token
        sent = ({"Authorization": f"Bearer {bearer}"} if bearer else {}) | (headers or {})
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # refused before all was sent
                connection.request(method, path, body, sent)
            found = connection.getresponse()
            told = {name.lower(): value for name, value in found.getheaders()}
            return Answer(found.status, told, found.read())
        finally:
            connection.close()

    def wait(self, repository: str, revision: str = "main") -> str:
        """The state of a version when its scan is over."""
        end = time.monotonic() + SCAN_SECONDS
        while time.monotonic() < end:
            told = subprocess.run(
                [*HAUBERK, "registry", "--folder", str(self.folder), *self._store, "status", repository,
                 "--revision", revision],
                capture_output=True, text=True, check=False, timeout=60,
            ).stdout  # fmt: skip
            found = re.search(r": (\w+)$", told, re.M)
            if found and found[1] not in ("quarantined", "scanning"):
                return found[1]
            time.sleep(0.3)
        raise AssertionError("the scan does not end")

    @property
    def _store(self) -> list[str]:
        return [each for each in self.options if each.startswith(("--store", "--blobs", "--policy"))]

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def running_hub(folder: Path, *options: str, token: str = "", service: str = "registry") -> Iterator[Hub]:
    """A registry in the folder; options are `--name=value`. Its token is printed by the first start only."""
    command = [*HAUBERK, "serve", service, str(folder), "--port=0", *options]
    log = folder.with_name(f"{folder.name}-{time.monotonic_ns()}.log")
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with log.open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment)
        try:
            assert process.stdout
            told = process.stdout.readline()
            assert " at http" in told, log.read_text()
            url = told.split()[-1]
            token = token or process.stdout.readline().split()[-1]
            yield Hub(url, token, folder, options, process)
        finally:
            process.terminate()
            try:
                process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
