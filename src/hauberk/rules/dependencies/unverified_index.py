"""DEP004: indexes that anybody on the way can speak for."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.dependencies.dependency_list import DependencyList

INNER = b"https://packages.example.org/simple"


@rule(
    "DEP004",
    Severity.MEDIUM,
    maps=["CWE-295", "CWE-319", "CWE-494", "AML.T0010.001"],
    bad=[
        Sample("requirements.txt", b"--trusted-host packages.example.org\nmine==1\n"),
        Sample("requirements.txt", b"-i http://packages.example.org/simple\nmine==1\n"),
        Sample("Pipfile", b'[[source]]\nurl = "' + INNER + b'"\nverify_ssl = false\n'),
        Sample(".npmrc", b"strict-ssl=false\n"),
    ],
    good=[
        Sample("requirements.txt", b"-i " + INNER + b"\nmine==1\n"),
        Sample("pip.conf", b"[global]\nindex-url = http://127.0.0.1:3141/root/pypi\n"),
    ],
)
def unverified_index(view: DependencyList) -> Iterator[Finding]:
    """Packages are fetched from a host whose certificate nobody checks, or without encryption.

    Why: whoever is on the way can give other packages, which run as they are installed.
    Remediation: use https, and give the installer the certificate of your own authority (`--cert`).
    Source: pip documentation, `--trusted-host`; npm documentation, `strict-ssl`; CWE-295.
    """
    from hauberk.analysis.dependencies.origins import is_plain, shown

    for host, line in view.unverified:
        if not host.startswith(("localhost", "127.", "[::1]")):
            message = f"trusts {shown(host)} without a certificate"
            yield Finding("DEP004", Place(view.locator, line=line), message, shown(host))
    for each in view.indexes:
        if is_plain(each.url):
            message = f"{each.option} {shown(each.url)} is not encrypted"
        elif not each.is_verified:
            message = f"{each.option} {shown(each.url)} is used without checking its certificate"
        else:
            continue
        yield Finding("DEP004", Place(view.locator, line=each.line), message, shown(each.url))
