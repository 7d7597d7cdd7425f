"""Reports that were kept: what `-o json` wrote, read back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from hauberk.core.errors import UsageError

# A report of a hundred thousand findings has about 60 MB.
MAX_BYTES = 512 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """What an earlier scan said: a line for each finding and gap, by fingerprint."""

    lines: dict[str, str]

    @property
    def fingerprints(self) -> frozenset[str]:
        """The names of everything it said."""
        return frozenset(self.lines)


def read_kept(path: str) -> Kept:
    """The JSON report at a path. Raises UsageError if it is none."""
    try:
        if Path(path).stat().st_size > MAX_BYTES:
            raise UsageError(f"{path}: larger than {MAX_BYTES} bytes")
        document = json.loads(Path(path).read_bytes())
        said = [*document["findings"], *document["gaps"]]
        return Kept({str(each["fingerprint"]): _line(each) for each in said})
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise UsageError(f"{path}: is not a JSON report of Hauberk's: {error!r}") from error


def _line(each: dict[str, object]) -> str:
    place = each.get("place")
    where = place.get("locator", "") if isinstance(place, dict) else each.get("locator", "")
    return f"{where}: {each.get('rule') or each.get('reason')} {each.get('message')}"
