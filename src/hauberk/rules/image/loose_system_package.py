"""IMG009: packages of the system are installed in whatever version is newest."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.script import Scripted


@rule(
    "IMG009",
    Severity.INFO,
    maps=["CWE-1357"],
    bad=[
        Sample(
            "Dockerfile", b"FROM x\nRUN apt-get update && apt-get install -y --no-install-recommends curl\n"
        ),
    ],
    good=[
        Sample("Dockerfile", b"FROM x\nRUN apt-get install -y curl=7.88.1-10+deb12u5\n"),
    ],
)
def loose_system_package(view: Scripted) -> Iterator[Finding]:
    """Packages of the system are installed in whatever version is newest.

    Why: two builds of one recipe give two images, and no advisory can be looked up from the recipe.
    Remediation: name versions, or take packages from a dated snapshot.
    Source: hadolint, DL3008 and DL3018; reproducible-builds.org.
    """
    from hauberk.analysis.pipeline.habits import commands_with_scripts
    from hauberk.formats.dockerfile import Dockerfile

    for _, commands in commands_with_scripts(view) if isinstance(view, Dockerfile) else ():
        for each in commands:
            if each.name in ("apt-get", "apt", "apk") and {"install", "add"} & set(each.words[1:4]):
                names = [
                    word for word in each.words[2:] if word[:1].isalpha() and word not in ("install", "add")
                ]
                loose = [word for word in names if "=" not in word and not word.endswith((".deb", ".apk"))]
                if loose:
                    message = (
                        f"{each.name} installs {', '.join(loose[:4])[:100]} in whatever version is newest"
                    )
                    yield Finding("IMG009", Place(view.locator, line=each.line), message, loose[0][:60])
