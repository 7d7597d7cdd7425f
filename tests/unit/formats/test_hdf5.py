import struct

import pytest

from hauberk.core.asset import Asset, Bytes
from hauberk.core.gap import Gap
from hauberk.core.view import FlawKind
from hauberk.formats import hdf5
from hauberk.formats.format import Claim
from hauberk.formats.pickle_text import looks_pickled
from hauberk.rules.models.hdf5_external import hdf5 as made
from hauberk.rules.models.hdf5_external import link


def message(kind, body):
    return bytes([kind]) + struct.pack("<HB", len(body), 0) + body


def attribute(name, value):
    """A version 3 attribute: one string of fixed length."""
    name += b"\0"
    datatype = b"\x13\0\0\0" + struct.pack("<I", len(value))
    sizes = struct.pack("<HHHB", len(name), len(datatype), 4, 0)
    return message(0x0C, b"\3\0" + sizes + name + datatype + b"\2\0\0\0" + value)


def read(octets, name="m.h5"):
    return list(hdf5.read(Asset(name, Bytes(octets))))


def test_a_keras_configuration_is_handed_over():
    view, inner = read(made(attribute(b"model_config", b'{"class_name": "Sequential"}')))
    assert (view.flaws, inner.hint, inner.content.octets[:1]) == ((), "keras-config", b"{")


@pytest.mark.parametrize("value", [b"cos\nsystem\n(S'id'\ntR.", b"(lp0\n.", b"\x80\x04N."])
def test_a_pickled_attribute_is_handed_over(value):
    assert [each.hint for each in read(made(attribute(b"evil", value)))[1:]] == ["pickle"]


@pytest.mark.parametrize(
    "value", [b"A title.", b"company\nname.", b"(see notes).", b"I am here.", b"1.", b""]
)
def test_text_is_no_pickle(value):
    assert not looks_pickled(value)


def test_bytes_behind_the_end_and_before_the_start_are_hidden():
    plain = made(link(1, b"/x"))
    assert [flaw.kind for flaw in read(plain + b"#!/bin/sh")[0].flaws] == [FlawKind.HIDDEN]
    assert [flaw.kind for flaw in read(b"#!/bin/sh".ljust(512, b"\0") + plain)[0].flaws] == [FlawKind.HIDDEN]
    assert read(bytes(512) + plain)[0].flaws == ()


def test_the_signature_is_found_behind_a_user_block():
    plain = made(b"")
    for offset in (512, 1024, 2048, 8192):
        assert hdf5.claim(Asset("m.h5", Bytes(bytes(offset) + plain))) is Claim.CERTAIN


def test_a_dataset_far_larger_than_its_file_is_a_bomb():
    shape = message(1, b"\2\2\0\1" + struct.pack("<QQ", 10**6, 10**6))
    octets = made(shape + message(3, b"\x11\0\0\0" + struct.pack("<I", 8)))
    assert [flaw.kind for flaw in read(octets)[0].flaws] == [FlawKind.BOMB]


def test_a_group_that_holds_itself_ends():
    itself = message(6, b"\1\0\1x" + struct.pack("<Q", 48))
    assert read(made(itself))[0].objects == 1


def test_what_is_not_followed_is_a_gap():
    found = read(made(message(6, b"\1\0\1x" + struct.pack("<Q", 1 << 40)) + message(0x77, b"")))
    assert sum(isinstance(each, Gap) for each in found) == 2
