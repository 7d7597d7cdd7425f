"""Hauberk's own settings as an asset: the acceptances in them are judged like everything else."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Malformed, OverBudget
from hauberk.core.view import View
from hauberk.formats.format import Claim, Format
from hauberk.formats.signs import Signs

# People write this file by hand; a larger one is not one.
MAX_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class AcceptanceRecord(View):
    """One `[[accept]]` entry: which it names, why, its last day, and the day of this reading."""

    subject: str
    reason: str
    until: datetime.date
    today: datetime.date


def _claim(asset: Asset) -> Claim:
    return Claim.NAME if asset.kind is not Kind.FOLDER and asset.name == "hauberk.toml" else Claim.NONE


def _read(asset: Asset) -> Iterator[View]:
    if asset.content.size > MAX_BYTES:
        raise OverBudget(f"settings of {asset.content.size} bytes; the limit is {MAX_BYTES}")
    try:
        document = tomllib.loads(asset.content.read(0, MAX_BYTES).decode())
    except (ValueError, RecursionError) as error:
        raise Malformed(f"not TOML: {error}") from error
    entries = document.get("accept", [])
    # The one reader with a clock: whether an acceptance has ended is a question of the day.
    today = datetime.date.today()
    for each in entries if isinstance(entries, list) else []:
        until = each.get("until") if isinstance(each, dict) else None
        if isinstance(until, datetime.date) and not isinstance(until, datetime.datetime):
            subject = str(each.get("fingerprint") or f"{each.get('rule')} {each.get('digest')}")
            yield AcceptanceRecord(
                locator=asset.locator,
                subject=subject,
                reason=str(each.get("reason", "")),
                until=until,
                today=today,
            )


SIGNS = Signs(ends=("hauberk.toml",))
FORMAT = Format("hauberk-settings", "Hauberk settings", _claim, _read)
