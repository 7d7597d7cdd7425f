"""Whether bytes that stand where text is expected are a pickle: what PyTables would unpickle.

Source: PyTables, `tables/attributeset.py`: a byte string that ends in a full stop is unpickled.
"""

from __future__ import annotations

import re

# Bytes that are looked at: attributes of text are short, and opcodes of a pickle are at its start.
MAX_LOOK = 1 << 16

# Protocol 0 calls: `c` or `i`, a module, a newline, a name, a newline.
_GLOBAL = re.compile(rb"[ci][A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n")


def looks_pickled(value: bytes) -> bool:
    """Whether a reader that tries to unpickle the value would get somewhere."""
    if len(value) < 3:
        return False
    if value[0] == 0x80 and value[1] <= 5:
        return True
    if not value.endswith(b"."):
        return False
    return _GLOBAL.search(value, 0, MAX_LOOK) is not None or _is_whole(value)


def _is_whole(value: bytes) -> bool:
    """Whether the value is opcodes up to a STOP that is its last byte."""
    import pickletools

    end = 0
    try:
        for opcode, _, position in pickletools.genops(value[:MAX_LOOK]):
            end = position or 0
            if opcode.name == "STOP":
                break
    except Exception:  # whatever it raises on bytes that are no opcodes: then they are text
        return False
    return end == len(value) - 1 or len(value) > MAX_LOOK
