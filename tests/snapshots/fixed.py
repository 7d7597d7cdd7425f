"""One fixed scan, built by hand: every severity, gaps, acceptances, members, hostile names."""

from collections.abc import Iterator

from hauberk.core.digest import Digest
from hauberk.core.finding import Confidence, Finding, Place, Severity
from hauberk.core.gap import Gap
from hauberk.core.report import Accepted, Examined, Report
from hauberk.core.rule import Rule
from hauberk.core.verdict import Verdict, Word
from hauberk.core.view import View
from hauberk.report.about import About

# Terminal commands, a line break, text that runs backwards, a byte that is no UTF-8, markup,
# and the commands of three build servers: all of it may stand in a file name.
HOSTILE = (
    "models/\x1b[2J\x1b[31mred.pkl",
    "models/two\nlines\r\t.pkl",
    "models/\u202egpj.exe\u2066.pkl",
    "models/\udcff\udc80bytes.pkl",
    "models/<script>alert(1)</script>'\"&.pkl",
    "::error file=x,line=1::stop.pkl",
    "models/##vso[task.setvariable]##[error].pkl",
    "models/`code`|bar|@everyone%0A::notice.pkl",
    "models/\ud800\u0000\u0085\u2028\ufeff\U000e0001.pkl",
)


def _check(view: View) -> Iterator[Finding | Gap]:
    yield from ()


def _rule(id: str, slug: str, severity: Severity, maps: tuple[str, ...], doc: str) -> Rule:
    def check(view: View) -> Iterator[Finding | Gap]:
        yield from _check(view)

    check.__doc__ = doc
    return Rule(id, slug, severity, Confidence.HIGH, "ml-engineer", maps, check, View, (), ())


RULES = {
    each.id: each
    for each in (
        _rule(
            "MDL901",
            "runs_commands",
            Severity.CRITICAL,
            ("CWE-502", "AML.T0018.002", "LLM03:2025", "ML06:2023"),
            """The pickle imports a module that can run commands.

            Why: unpickling calls what it imports, so loading this file runs the author's code.
            Remediation: ask for safetensors, or re-export in a sandbox.
            Source: Python library reference, `pickle`, first warning.
            """,
        ),
        _rule(
            "MDL902",
            "hostile_template",
            Severity.HIGH,
            ("CWE-1336", "AML.T0010.003"),
            """The chat template reaches beyond text <of the conversation>.

            Why: who renders it runs it, with the server's rights & files.
            Remediation: replace the template with the one of the model's publisher.
            Source: Jinja documentation, sandbox.
            """,
        ),
        _rule(
            "MDL903",
            "readers_disagree",
            Severity.MEDIUM,
            ("CWE-436",),
            """Two readers of the file would see different content.

            Why: a scanner may read one content and the loader another.
            Remediation: export the file again with its own library.
            Source: APPNOTE.TXT, section 4.3.
            """,
        ),
        _rule(
            "MDL904",
            "no_card",
            Severity.LOW,
            (),
            "The model has no card.\n\nWhy: nobody can say what it is for.\nRemediation: write one.\n",
        ),
        _rule(
            "MDL905",
            "old_format",
            Severity.INFO,
            (),
            "The format is old.\n\nWhy: newer ones are checked better.\nRemediation: convert it.\n",
        ),
    )
}


def _digest(number: int) -> Digest:
    return Digest(f"{number:02x}" * 32)


ASSETS = (
    Examined("models/friendly.bin", 53, ("pickle",), _digest(1)),
    Examined("models/good.safetensors", 2_080_374_784, ("safetensors",), _digest(2)),
    Examined("models/net.pt", 40_123, ("zip", "torch"), _digest(3)),
    Examined("models/net.pt!net/data.pkl", 812, ("pickle",)),
    Examined("models/net.pt!net/data/0", 4_096, ("tensor",)),
    Examined("models/chat.gguf", 99_000, ("gguf",), _digest(4)),
    Examined("models/cut.onnx", 12, ("onnx",), _digest(5)),
    Examined("models/what.is.this", 7),
    Examined("models/README.md", 900, ("text",), _digest(6)),
    *(Examined(name, 1, ("pickle",)) for name in HOSTILE),
)

FINDINGS = (
    Finding("MDL901", Place("models/friendly.bin", offset=34), "imports os.system", "os.system"),
    Finding("MDL901", Place("models/friendly.bin", offset=34), "imports os.system", "os.system"),
    Finding(
        "MDL901", Place("models/net.pt!net/data.pkl", offset=120), "calls builtins.eval", "builtins.eval"
    ),
    Finding("MDL902", Place("models/chat.gguf", line=3), "reads __class__ of a text", "__class__"),
    Finding(
        "MDL903", Place("models/net.pt", offset=40_101), "two members are called net/data.pkl", "net/data.pkl"
    ),
    Finding("MDL904", Place("models/README.md"), "has no section on limits", "limits"),
    Finding("MDL905", Place("models/friendly.bin"), "is protocol 0", "protocol 0"),
    Finding("MDL903", Place("models/good.safetensors"), "pads its header", "pad", Severity.LOW),
    *(
        Finding("MDL901", Place(name, offset=1), f"imports {name}", f"subject {name}", Severity.HIGH)
        for name in HOSTILE
    ),
    Finding("MDL999", Place("models/net.pt"), "comes from a rule that nobody knows"),
)

GAPS = (
    Gap(Place("models/cut.onnx", offset=9), "malformed", "ends after 12 of 4,096 bytes"),
    Gap(Place("models/what.is.this"), "unrecognised", "is of no format that Hauberk knows"),
    Gap(
        Place("models/net.pt!net/deep"),
        "undecided",
        "calls lib.f, which no policy knows",
        "Ask lib's authors.",
        "MDL901",
    ),
    Gap(Place(HOSTILE[0]), "over-budget", f"took longer than 120 seconds {HOSTILE[4]}"),
)

ACCEPTED = (
    Accepted(
        Finding("MDL901", Place("tests/loader.pkl", offset=2), "imports os.system", "os.system"),
        "fixture of the loader's tests",
        "2030-01-31",
    ),
    Accepted(Gap(Place("models/own.fmt"), "unsupported", "is an own format"), "in the baseline", ""),
)

PASSED_OVER = ("models/.git", f"{HOSTILE[4]}/__pycache__")
REPORT = Report(ASSETS, FINDINGS, GAPS, ACCEPTED, "0123456789abcdef", PASSED_OVER)
ABOUT = About(
    version="0.1.0",
    targets=("models", "tests/loader.pkl"),
    verdict=Verdict(Word.STOP, ("15 of 18 findings stop",)),
    seconds=0.4321,
    at="2030-01-01T00:00:00Z",
    rules=RULES,
)

EMPTY = Report()
ABOUT_EMPTY = About("0.1.0", ("nowhere",), Verdict(Word.UNKNOWN, ("nothing was examined",)))
CLEAN = Report((Examined("a.safetensors", 5, ("safetensors",), _digest(7)),))
ABOUT_CLEAN = About("0.1.0", ("a.safetensors",), Verdict(Word.PASS, ("1 assets examined, nothing stops",)))
