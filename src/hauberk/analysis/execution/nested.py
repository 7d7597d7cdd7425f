"""Files inside the arguments of a call: what `torch.storage._load_from_bytes` would load."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from hauberk.core.asset import Asset, Content
from hauberk.core.errors import UnreadableAsset
from hauberk.formats.format import Format
from hauberk.formats.pickle import PickleProgram
from hauberk.formats.recognise import recognise

# Files that one argument may hold: an archive of torch's has a few.
MAX_FILES = 256


def programs_in(content: Content) -> Iterator[PickleProgram]:
    """Every pickle in a file that an argument holds. Raises UnreadableAsset where one cannot be read."""
    todo = deque([Asset("argument", content)])
    for _ in range(MAX_FILES):
        if not todo:
            return
        asset = todo.popleft()
        for form in recognise(asset):
            yield from _read(form, asset, todo)
    raise UnreadableAsset(f"an argument holds more than {MAX_FILES} files")


def _read(form: Format, asset: Asset, todo: deque[Asset]) -> Iterator[PickleProgram]:
    for reading in form.read(asset):
        if isinstance(reading, PickleProgram):
            yield reading
        elif isinstance(reading, Asset):
            todo.append(reading)
