import pytest

from hauberk.core.asset import Bytes
from hauberk.core.errors import Malformed, OverBudget
from hauberk.formats.octets import Untrue
from hauberk.formats.protobuf import Budget, Message, signed
from tests.unit.formats.graph_bytes import num, part


class Counted:
    """Content that knows how many bytes were read of it."""

    def __init__(self, octets: bytes) -> None:
        self.octets, self.size, self.read_bytes = octets, len(octets), 0

    def read(self, offset: int, length: int) -> bytes:
        self.read_bytes += min(length, self.size - offset)
        return self.octets[offset : offset + length]


def test_a_large_payload_is_skipped_unread() -> None:
    content = Counted(part(1, b"a" * 5_000_000) + part(2, "name") + part(3, b"b" * 5_000_000) + num(4, 7))
    message = Message(content)
    assert [(each.number, each.value) for each in message.fields()][-1] == (4, 7)
    assert content.read_bytes < 300_000


def test_messages_inside_keep_their_bounds() -> None:
    message = Message(Bytes(part(1, part(1, part(2, "deep")))))
    outer = next(iter(message.fields()))
    middle = message.inner(outer)
    inner = middle.inner(next(iter(middle.fields())))
    assert inner.text(next(iter(inner.fields()))) == "deep"


def test_a_message_across_windows_reads_the_same() -> None:
    octets = b"".join(part(1, num(1, each), part(2, "x" * 50)) for each in range(5000))
    message = Message(Bytes(octets))
    found = [next(iter(message.inner(each).fields())).value for each in message.fields()]
    assert found == list(range(5000))


def test_a_length_beyond_its_message_is_untrue() -> None:
    message = Message(Bytes(part(1, b"\x0a\x7fab") + b"\0" * 300))
    inner = message.inner(next(iter(message.fields())))
    with pytest.raises(Untrue):
        list(inner.fields())


def test_a_file_that_ends_early_is_malformed_and_no_lie() -> None:
    with pytest.raises(Malformed) as raised:
        list(Message(Bytes(part(1, b"abcdef")[:-2])).fields())
    assert not isinstance(raised.value, Untrue)


def test_a_length_no_file_of_this_size_could_mean_is_untrue() -> None:
    with pytest.raises(Untrue):
        list(Message(Bytes(b"\x0a\xff\xff\xff\xff\xff\x0f" + bytes(90))).fields())


@pytest.mark.parametrize(
    "octets", [b"\x00\x01", b"\x0b", b"\x0c", b"\x0e\x01", b"\x08", b"\x08" + b"\xff" * 11]
)
def test_bytes_that_are_no_fields_are_malformed(octets: bytes) -> None:
    with pytest.raises(Malformed):
        list(Message(Bytes(octets)).fields())


def test_the_budget_of_fields_is_shared() -> None:
    with pytest.raises(OverBudget):
        list(Message(Bytes(num(1, 1) * 100), Budget(50)).fields())


def test_negative_numbers_are_read_as_such() -> None:
    assert signed(next(iter(Message(Bytes(num(1, -1))).fields())).value) == -1
