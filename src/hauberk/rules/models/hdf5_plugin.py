"""MDL071: HDF5 files that need a plug-in."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.hdf5 import Hdf5File
from hauberk.rules.models.hdf5_external import hdf5

# Built in (1-6), or compiled into h5py and PyTables: bzip2, lzo, zstd, LZF, Blosc, Blosc2, bitshuffle.
BUILT_IN = {1, 2, 3, 4, 5, 6, 305, 307, 32_000, 32_001, 32_004, 32_008, 32_015, 32_026}


@rule(
    "MDL071",
    Severity.LOW,
    maps=["CWE-829"],
    bad=[Sample("m.h5", lambda: hdf5(b"\x0b\x0a\0\0\x02\x01\xff\x7f\0\0\0\0\0\0"))],
    good=[Sample("m.h5", lambda: hdf5(b"\x0b\x08\0\0\x02\x01\x01\0\0\0\0\0"))],
)
def hdf5_plugin(view: Hdf5File) -> Iterator[Finding]:
    """The HDF5 file names a filter that the library loads as a plug-in.

    Why: to read such data the library loads a shared object from its plug-in folder.
    Remediation: keep `HDF5_PLUGIN_PATH` empty, or ask for data with a built-in filter.
    Source: HDF5 documentation, "Dynamically Loaded Filters".
    """
    for number in view.filters:
        if number not in BUILT_IN:
            yield Finding("MDL071", Place(view.locator), f"needs the filter {number}", str(number))
