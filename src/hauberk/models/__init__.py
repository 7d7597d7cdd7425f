"""Loading models under the same policy that the scan judges by. The only package that unpickles."""

from __future__ import annotations

from hauberk.models.load import load

__all__ = ["load"]
