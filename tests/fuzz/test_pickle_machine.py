"""The symbolic machine does what C `_pickle` does, on random streams: a small run of the oracle.

`_pickle` gets inert stand-ins for every global, so nothing real is imported or called.
"""

import pytest

from bench.pickle_oracle import NAMES, Outcome, compare

STREAMS = 4_000  # 4 seconds
EVENTS = ("build", "call", "change", "extension", "import", "persistent")


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return compare(STREAMS, seed=0)


def test_the_machine_and_pickle_agree(outcome: Outcome) -> None:
    assert outcome.mismatches == []


def test_every_opcode_and_event_was_compared(outcome: Outcome) -> None:
    kinds = {f"opcode {each}" for each in NAMES.values()} | {f"event {each}" for each in EVENTS}
    assert kinds - set(outcome.seen) == set()


def test_most_streams_are_compared_without_an_excuse(outcome: Outcome) -> None:
    assert outcome.seen["excused"] + outcome.seen["limited"] < STREAMS / 8
    assert outcome.seen["whole"] > STREAMS / 3
