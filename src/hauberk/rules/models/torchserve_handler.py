"""MDL030: The model archive's handler runs commands, dials out or evaluates text."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.gap import Gap
from hauberk.core.rule import Sample, rule
from hauberk.formats.torchserve import TorchServeArchive

# What loading and calling a model needs none of: by full name, or by what it starts with.
RUNS_COMMANDS = (
    "os.system",
    "os.popen",
    "os.exec",
    "os.spawn",
    "os.posix_spawn",
    "os.fork",
    "subprocess.",
    "pty.",
)
EVALUATES = (
    "eval",
    "exec",
    "compile",
    "__import__",
    "__builtins__",
    "builtins.",
    "marshal.",
    "ctypes.",
    "runpy.",
)
SPEAKS_RAW = ("socket.", "paramiko.", "ftplib.", "smtplib.", "telnetlib.")
FETCHES = ("urllib.request.", "http.client.", "requests.", "httpx.", "aiohttp.", "urllib3.")
GRADES = {
    RUNS_COMMANDS: Severity.CRITICAL,
    EVALUATES: Severity.CRITICAL,
    SPEAKS_RAW: Severity.HIGH,
    FETCHES: Severity.MEDIUM,
}


def _mar(handler: str, source: bytes | None) -> bytes:
    import io
    import json
    import zipfile

    manifest = {
        "model": {"modelName": "m", "serializedFile": "m.pt", "handler": handler, "modelVersion": "1"}
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("MAR-INF/MANIFEST.json", json.dumps({"runtime": "python", **manifest}))
        if source is not None:
            archive.writestr(handler, source)
    return out.getvalue()


def _runs() -> bytes:
    return _mar("handler.py", b"from os import system as s\ndef handle(data, context):\n    s('id')\n")


def _custom() -> bytes:
    source = b"import torch, os\ndef handle(data, context):\n    return [os.path.join('a', 'b')]\n"
    return _mar("handler.py", source)


def _built_in() -> bytes:
    return _mar("image_classifier", None)


@rule(
    "MDL030",
    Severity.HIGH,
    maps=["CWE-94", "AML.T0011.000", "AML.T0050", "LLM03:2025"],
    bad=[Sample("model.mar", _runs), Sample("custom.mar", _custom)],
    good=[Sample("image.mar", _built_in)],
)
def torchserve_handler(view: TorchServeArchive) -> Iterator[Finding | Gap]:
    """The model archive brings Python that runs where the model is served.

    Why: TorchServe imports the handler of an archive as soon as it loads the model. Any handler of
    its own is worth a review; one that runs commands, dials out or evaluates text is an attack.
    Remediation: use a built-in handler, or read the handler and the modules it imports.
    Source: TorchServe documentation, "Custom Service"; CVE-2023-43654.
    """
    if view.is_built_in:
        return
    place = Place(f"{view.locator}!{view.handler.partition(':')[0]}")
    if view.problem:
        remedy = "scan the code that serves the model"
        yield Gap(place, "unreadable", f"the handler {view.handler!r} {view.problem}", remedy, "MDL030")
        return
    yield Finding("MDL030", place, "brings a handler of its own", view.handler, Severity.LOW)
    for name, line in view.uses:
        if (grade := _grade(name)) is not None:
            where = Place(place.locator, line=line)
            yield Finding("MDL030", where, f"the handler uses {name}", name, grade)


def _grade(name: str) -> Severity | None:
    for names, grade in GRADES.items():
        # A builtin is meant as a whole; other names may go on.
        if any(name == each or (not each.isidentifier() and name.startswith(each)) for each in names):
            return grade
    return None
