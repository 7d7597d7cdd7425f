"""Any bytes give views or UnreadableAsset from the HDF5 reader."""

import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.core.asset import Asset, Bytes
from hauberk.core.errors import UnreadableAsset
from hauberk.formats import hdf5
from hauberk.rules.models.hdf5_external import hdf5 as made
from hauberk.rules.models.hdf5_external import link

SUPER = b"\x89HDF\r\n\x1a\n"
OLD = SUPER + bytes([0, 0, 0, 0, 0, 8, 8, 0]) + struct.pack("<HHI", 4, 16, 0)
OLD += struct.pack("<4Q", 0, 2**64 - 1, 400, 2**64 - 1) + struct.pack("<QQII", 0, 96, 1, 0) + bytes(16)
OLD += (
    b"\1\0\1\0"
    + struct.pack("<III", 1, 24, 0)
    + struct.pack("<HHI", 17, 16, 0)
    + struct.pack("<QQ", 136, 200)
)
OLD = OLD.ljust(136, b"\0") + b"TREE\0\0\1\0" + b"\xff" * 16 + struct.pack("<QQQ", 0, 260, 8)
OLD = OLD.ljust(200, b"\0") + b"HEAP" + bytes(4) + struct.pack("<QQQ", 16, 2**64 - 1, 240)
OLD = (
    OLD.ljust(240, b"\0") + b"\0name\0".ljust(20, b"\0") + b"SNOD\1\0\1\0" + struct.pack("<QQII", 1, 96, 0, 0)
)
OLD = OLD.ljust(400, b"\0")
MESSAGES = (
    link(64, b"\0other.h5\0/x\0") + b"\x01\x0c\0\0\x02\x01\0\x01" + bytes(8) + b"\x03\x08\0\0\x19" + bytes(7)
)
SEEDS = st.sampled_from([OLD, made(MESSAGES), made(b"\x02\x12\0\0\0\0" + bytes(16))])


def survives(octets):
    try:
        for each in hdf5.read(Asset("m.h5", Bytes(octets))):
            assert each is not None
    except UnreadableAsset:
        pass


def test_the_old_seed_is_an_honest_group():
    (view,) = hdf5.read(Asset("m.h5", Bytes(OLD)))
    assert (view.objects, view.flaws) == (1, ())


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=500))
def test_any_bytes_are_survived(octets):
    survives(SUPER + octets)


@settings(max_examples=300, deadline=None)
@given(SEEDS, st.data())
def test_mutations_are_survived(seed, data):
    octets = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(8, len(octets)))
        octets[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    survives(bytes(octets))
