"""What the policies say of one global, by the name that a stream gives it."""

from __future__ import annotations

from _compat_pickle import NAME_MAPPING

from hauberk.analysis.execution.policy import word
from hauberk.analysis.execution.values import Global


def word_of(module: str, name: str) -> str:
    """The policy's word for the global; empty where no policy lists it.

    Protocols 0 to 2 write Python 2's names for some of the standard library; they mean today's.
    """
    return word(Global(module, name)) or word(Global(*NAME_MAPPING.get((module, name), (module, name))))
