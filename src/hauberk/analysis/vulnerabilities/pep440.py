"""The order of Python's versions, without their local part.

Source: PEP 440, "Summary of permitted suffixes and relative ordering", appendix B.
"""

from __future__ import annotations

import re
from functools import lru_cache

VERSION = re.compile(
    r"v?(?:(?P<epoch>\d+)!)?(?P<release>\d+(?:\.\d+)*)"
    r"(?:[-_.]?(?P<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?P<pre_n>\d+)?)?"
    r"(?:-(?P<post_implicit>\d+)|[-_.]?(?P<post>post|rev|r)[-_.]?(?P<post_n>\d+)?)?"
    r"(?:[-_.]?(?P<dev>dev)[-_.]?(?P<dev_n>\d+)?)?"
    r"(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?",
    re.IGNORECASE,
)
PRE = {"alpha": 0, "a": 0, "beta": 1, "b": 1, "preview": 2, "pre": 2, "c": 2, "rc": 2}
BEFORE_ALL, AFTER_ALL = -1, 9
Key = tuple[int, tuple[int, ...], tuple[int, int], int, tuple[int, int]]


@lru_cache(4096)
def key(version: str) -> Key:
    """What versions are sorted by. Raises ValueError for what is no version."""
    found = VERSION.fullmatch(version.strip())
    if found is None:
        raise ValueError(f"{version!r} is no version of PEP 440")
    release = [int(each) for each in found["release"].split(".")]
    while len(release) > 1 and release[-1] == 0:
        release.pop()
    post = found["post_implicit"] or (found["post_n"] or "0" if found["post"] else None)
    dev = found["dev_n"] or "0" if found["dev"] else None
    if found["pre"]:
        pre = (PRE[found["pre"].lower()], int(found["pre_n"] or 0))
    else:
        # A release in development comes before its first alpha.
        pre = (BEFORE_ALL, 0) if post is None and dev is not None else (AFTER_ALL, 0)
    return (
        int(found["epoch"] or 0),
        tuple(release),
        pre,
        BEFORE_ALL if post is None else int(post),
        (AFTER_ALL, 0) if dev is None else (0, int(dev)),
    )
