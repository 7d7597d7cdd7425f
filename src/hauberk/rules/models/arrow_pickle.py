"""MDL085: Arrow tables that pyarrow unpickles."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.columnar import ColumnarTable


@rule(
    "MDL085",
    Severity.CRITICAL,
    maps=["CWE-502", "AML.T0011.000"],
    bad=[Sample("t.arrow", b"ARROW1\0\0" + bytes(8) + b"arrow.py_extension_type" + bytes(9) + b"ARROW1")],
    good=[Sample("t.arrow", b"ARROW1\0\0" + bytes(8) + b"arrow.uuid" + bytes(9) + b"ARROW1")],
)
def arrow_pickle(view: ColumnarTable) -> Iterator[Finding]:
    """The table's schema has the extension type whose metadata is a pickle.

    Why: pyarrow before 14.0.1 unpickles that metadata as soon as the file is read.
    Remediation: do not read the file with an old pyarrow; write it again without the type.
    Source: CVE-2023-47248.
    """
    if view.unpickles:
        yield Finding("MDL085", Place(view.locator), "has a column of arrow.py_extension_type", view.kind)
