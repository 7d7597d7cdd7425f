"""MDL101: files that are not what their name promises."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.naming import NamedAsset
from hauberk.formats.text import CONTROLS

# Endings of formats that hold no code, and the formats that honestly carry them.
PROMISES = {
    ".safetensors": {"safetensors"},
    ".gguf": {"gguf", "ggml", "executable"},
    ".ggml": {"gguf", "ggml"},
    ".onnx": {"onnx"},
    ".tflite": {"tflite"},
    **{each: {"json"} for each in (".json", ".ipynb", ".jsonl")},
    **{each: {"text"} for each in (".txt", ".md", ".rst", ".csv", ".tsv", ".yaml", ".yml", ".toml", ".xml")},
    **{each: {"text"} for each in (".ini", ".cfg", ".jinja", ".jinja2", ".py", ".sh", ".js", ".css", ".log")},
    **{
        each: {"media"}
        for each in (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tiff", ".ico", ".svg")
    },
    **{
        each: {"media"}
        for each in (".wav", ".mp3", ".flac", ".ogg", ".mp4", ".pdf", ".ttf", ".woff", ".woff2")
    },
    ".parquet": {"columnar"},
}
# What runs code when it is loaded, and what can hold such things.
RUNS = frozenset({"pickle", "joblib-zfile", "torch", "torch-archive", "torch-legacy"})
HOLDS = (
    "zip",
    "tar",
    "gzip",
    "compress",
    "bzip2",
    "xz",
    "zlib",
    "lz4",
    "zstd",
    "opaque-archive",
    "hdf5",
    "npy",
)
PICKLE = b"\x80\4\x95\x05\0\0\0\0\0\0\0]\x94K\x01a."


@rule(
    "MDL101",
    Severity.HIGH,
    maps=["CWE-434", "CWE-646", "AML.T0074", "AML.T0011.000"],
    bad=[Sample("model.safetensors", PICKLE), Sample("vocab.json", PICKLE)],
    good=[
        Sample("model.pt", PICKLE),
        Sample("vocab.json", b'{"a": 1}'),
        Sample("model.safetensors", b"\2\0\0\0\0\0\0\0{}"),
    ],
)
def misnamed_file(view: NamedAsset) -> Iterator[Finding]:
    """The name promises a format without code, and the content is one that runs it.

    Why: people and tools let `.safetensors`, `.json` or `.txt` pass unlooked at, and a loader that goes
    by content unpickles them all the same.
    Remediation: delete the file, or find out who renamed it.
    Source: MITRE ATLAS AML.T0074, Masquerading.
    """
    suffix = next((each for each in PROMISES if view.name.lower().endswith(each)), "")
    if not suffix or "media" in view.formats:
        return
    promised = PROMISES[suffix]
    if promised & set(view.formats):
        return  # what else it is, that format's own rules judge
    runs = [each for each in view.formats if each in RUNS]
    if "text" in promised and view.head.isascii() and view.head.translate(None, CONTROLS) == view.head:
        runs = []  # prose that could pass for a pickle of protocol 0: the pickle's rules judge what it does
    holds = [each for each in view.formats if each.startswith(HOLDS)]
    if runs:
        message = f"is called {suffix}, and is a pickle ({', '.join(runs)})"
        yield Finding("MDL101", Place(view.locator), message, f"{suffix} {runs[0]}")
    elif holds:
        message = f"is called {suffix}, and is {', '.join(holds)}"
        # A table that somebody compressed and forgot to rename hides no model.
        severity = Severity.MEDIUM if suffix in (".safetensors", ".gguf", ".onnx", ".json") else Severity.LOW
        yield Finding("MDL101", Place(view.locator), message, f"{suffix} {holds[0]}", severity)
