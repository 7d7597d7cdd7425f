"""The body of a commit: one JSON object a line, read as it comes, small files into blobs at once."""

from __future__ import annotations

import base64
import binascii
import io

from hauberk.core.digest import Digest
from hauberk.core.errors import Malformed, OverBudget
from hauberk.core.statement import Json
from hauberk.core.strict import read_json
from hauberk.registry.limits import Limits
from hauberk.registry.paths import checked_path
from hauberk.registry.repository import Proposal
from hauberk.registry.site import Visit
from hauberk.registry.tree import Added, Operation, Removed, large_entry, plain_entry

ENVELOPE = 64 << 10  # bytes of a line beside a file's content: its path, and a commit's message
MAX_PENDING = 256  # small files that are in blobs and not yet in the database


class Reader:
    """Reads a commit piece by piece, and holds one line at most."""

    def __init__(self, here: Visit, limits: Limits) -> None:
        self.here = here
        self.limits = limits
        self.max_line = limits.plain * 4 // 3 + ENVELOPE
        self.rest = bytearray()
        self.size = 0
        self.header: dict[str, Json] | None = None
        self.operations: list[Operation] = []
        self.brought: dict[Digest, int] = {}

    def feed(self, octets: bytes) -> None:
        """Take the next piece. Raises Malformed, OverBudget, Inaccessible."""
        self.size += len(octets)
        if self.size > self.limits.commit:
            raise OverBudget(f"a commit of more than {self.limits.commit} bytes: send large files apart")
        self.rest += octets
        start = 0
        while (end := self.rest.find(b"\n", start)) >= 0:
            if end > start:  # a thousand empty lines must not cost a thousand objects
                self._line(bytes(self.rest[start:end]))
            start = end + 1
        del self.rest[:start]
        if len(self.rest) > self.max_line:
            raise OverBudget(f"a line of more than {self.max_line} bytes: send large files apart")

    def finish(self) -> Proposal:
        """What is to be committed. Raises Malformed where it is not whole."""
        if self.rest.strip():
            self._line(bytes(self.rest))
        if self.header is None:
            raise Malformed("the commit has no header")
        self._bring()
        texts = [self.header.get(name) or "" for name in ("summary", "description", "parentCommit")]
        if not all(isinstance(each, str) for each in texts):
            raise Malformed("the commit's summary, description and parent are texts")
        title, body, parent = (str(each) for each in texts)
        return Proposal(tuple(self.operations), self.here.caller.name, title or "Commit", body, parent)

    def _line(self, line: bytes) -> None:
        if not line.strip():
            return
        found = read_json(line, self.max_line)
        key, value = (found.get("key"), found.get("value")) if isinstance(found, dict) else (None, None)
        if not isinstance(value, dict):
            raise Malformed("a line of the commit is no object with key and value")
        if key == "header":
            if self.header is not None:
                raise Malformed("the commit has two headers")
            self.header = value
            return
        if len(self.operations) >= self.limits.files:
            raise OverBudget(f"more than {self.limits.files} operations in one commit")
        self.operations.append(self._operation(key, value))

    def _operation(self, key: Json, value: dict[str, Json]) -> Operation:
        path = value.get("path")
        if not isinstance(path, str):
            raise Malformed("an operation names no path")
        if key == "file":
            return self._small(checked_path(path), value)
        if key == "lfsFile":
            return _large(checked_path(path), value)
        if key in ("deletedFile", "deletedFolder"):
            return Removed(path, key == "deletedFolder")
        raise Malformed(f"{str(key)[:40]!a} is no operation of a commit")

    def _small(self, path: str, value: dict[str, Json]) -> Added:
        content = value.get("content")
        if not isinstance(content, str) or value.get("encoding", "base64") != "base64":
            raise Malformed(f"{path!a}: its content is no base64")
        try:
            octets = base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Malformed(f"{path!a}: its content is no base64") from error
        if len(octets) > self.limits.plain:
            raise OverBudget(f"{path!a}: {len(octets)} bytes inside of a commit, send it as a large file")
        found = plain_entry(path, octets)
        if found.digest not in self.here.site.blobs:
            self.here.site.blobs.put(io.BytesIO(octets), self.limits.plain)
        self.brought[found.digest] = found.size
        if len(self.brought) >= MAX_PENDING:
            self._bring()
        return Added(found)

    def _bring(self) -> None:
        self.here.site.hub.bring_all(self.here.repository, self.brought)
        self.brought = {}


def _large(path: str, value: dict[str, Json]) -> Added:
    oid, size = value.get("oid"), value.get("size")
    if value.get("algo", "sha256") != "sha256" or not isinstance(oid, str) or len(oid) != 64:
        raise Malformed(f"{path!a}: a large file is named by its SHA-256")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise Malformed(f"{path!a}: its size is no number of bytes")
    return Added(large_entry(path, Digest(oid), size))
