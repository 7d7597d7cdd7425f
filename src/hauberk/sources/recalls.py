"""What a registry has recalled, asked of the registry that the user named."""

from __future__ import annotations

import json
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from hauberk.core.errors import Inaccessible, UsageError

PATH = "/-/recalls"
MAX_ANSWER = 64 << 20  # bytes
SECONDS = 30


def recalls_at(url: str, token: str) -> set[str]:
    """The commits whose files were recalled. Raises UsageError for no http address, Inaccessible."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise UsageError(f"{url}: a registry is at http:// or https://")
    # The scheme was looked at, and the user named the address.
    asked = Request(  # noqa: S310
        url.rstrip("/") + PATH, headers={"Authorization": f"Bearer {token}"} if token else {}
    )
    try:
        with urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310
            found = json.loads(answer.read(MAX_ANSWER))
        return {str(each) for each in found["commits"]}
    except (URLError, OSError, ValueError, LookupError, TypeError) as error:
        raise Inaccessible(f"{url}: does not say what was recalled: {error}") from error
