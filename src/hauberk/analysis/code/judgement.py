"""How bad it is that the code of a model uses something, there where it does."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from hauberk.analysis.code.danger import danger
from hauberk.analysis.code.uses import Use, uses
from hauberk.core.finding import Severity

# Files whose change gives a stranger the machine: start-up files, keys, schedules, Python's own path.
PERSISTENT = re.compile(
    r"\.ssh/|authorized_keys|\.bashrc|\.bash_profile|\.zshrc|\.profile\b|/etc/(?:cron|passwd|profile|ld\.so|sudoers|init)"
    r"|crontab|/systemd/|LaunchAgents|autostart|site-packages|sitecustomize|usercustomize|\.pth$|\\Startup\\|CurrentVersion\\\\Run"
)
WRITING = re.compile(r"^[wax][bt+]*$")
# Methods whose names alone say that they run something.
RUNNING = frozenset({"system", "popen", "Popen", "exec", "eval", "check_output", "spawn", "__import__"})
# What model code does honestly when it is called: read and fetch weights and vocabularies.
FETCHES = ("requests.get", "requests.head", "urllib.request.urlopen", "urllib.request.urlretrieve",
           "httpx.get",
           "requests.Session", "urllib.request.urlcleanup", "urllib.request.build_opener",
           "urllib.request.install_opener")  # fmt: skip
NATIVE = (
    "ctypes.",
    "torch.ops.load_library",
    "torch.classes.load_library",
    "torch.utils.cpp_extension.",
    "cffi.",
)


class Judged(NamedTuple):
    """One use that matters, how much, and in which words."""

    name: str
    line: int
    severity: Severity
    message: str


def judged(tree: ast.Module) -> Iterator[Judged]:
    """Everything in the module that the code of a model has no reason for."""
    for use in uses(tree):
        severity = _severity(use)
        if severity is not None:
            when = "when it is imported" if use.is_at_import else "when it is called"
            what = (
                "decodes and runs text with" if use.is_decoded and danger(use.name) == "evaluates" else "uses"
            )
            yield Judged(use.name, use.line, severity, f"{what} {use.name} {when}")


def expression(text: str) -> Severity | None:
    """How bad it is that a framework evaluates this text."""
    try:
        tree = ast.parse(text.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return max((each.severity for each in judged(tree)), default=None)


def _severity(use: Use) -> Severity | None:
    if any(PERSISTENT.search(each) for each in use.texts) and _writes(use):
        return Severity.HIGH
    kind = danger(use.name)
    if kind == "commands":
        return _of_command(use)
    if kind == "evaluates":
        return _of_evaluation(use)
    if kind == "unpickles":
        return _of_unpickling(use)
    if kind == "network":
        return _of_network(use)
    if kind == "reaches":
        return _of_reach(use)
    if use.name.startswith("?.__") or use.name in ("?.f_globals", "?.f_builtins"):
        return Severity.HIGH if use.is_at_import or use.name == "?.__subclasses__" else Severity.LOW
    is_hidden = use.name.endswith(".?") and use.name[:-2] in ("os", "subprocess", "builtins")
    return Severity.HIGH if is_hidden else None


def _writes(use: Use) -> bool:
    is_open = use.name in ("open", "io.open", "codecs.open", "builtins.open") and any(
        map(WRITING.match, use.texts)
    )
    return is_open or use.name in (
        "?.write_text",
        "?.write_bytes",
        "shutil.copy",
        "shutil.copyfile",
        "shutil.move",
        "os.symlink",
    )


def _of_command(use: Use) -> Severity | None:
    if use.name.startswith(NATIVE):
        return Severity.HIGH if use.is_at_import and use.is_called else Severity.LOW
    if use.name in ("os.kill", "os.killpg") or use.name.startswith(
        ("timeit.", "cProfile.", "profile.", "trace.", "pdb.")
    ):
        return Severity.LOW
    if (
        use.name.startswith(("doctest.", "IPython.", "code.", "sh.", "distutils.", "invoke."))
        and not use.is_called
    ):
        return Severity.LOW
    return Severity.CRITICAL if use.is_at_import else Severity.HIGH


def _of_evaluation(use: Use) -> Severity | None:
    if use.is_decoded:
        return Severity.CRITICAL
    if use.name == "__import__" and not (use.is_called and use.is_constant):
        return Severity.MEDIUM if use.is_at_import else Severity.LOW
    if use.name.endswith(("import_module", "__import__", "reload", "locate", "resolve_name")):
        return None
    if not use.is_called or use.name in ("compile", "types.FunctionType", "types.CodeType"):
        return Severity.HIGH if use.is_at_import and use.name.rpartition(".")[2] in ("eval", "exec") else None
    if use.name.rpartition(".")[2] in ("eval", "exec"):
        if use.is_constant:
            inner = max((each for text in use.texts if (each := expression(text)) is not None), default=None)
            # Nobody writes `__builtins__.exec` for `exec` but to hide it.
            return inner or (Severity.HIGH if use.name.startswith("builtins.") else Severity.LOW)
        return Severity.CRITICAL if use.is_at_import else Severity.MEDIUM
    return Severity.LOW


def _of_unpickling(use: Use) -> Severity | None:
    if use.name.startswith("marshal.") and use.is_called:
        return Severity.HIGH
    if not use.is_called:
        return None
    if use.is_decoded or (use.name.endswith(".loads") and use.is_at_import):
        return Severity.CRITICAL
    return Severity.MEDIUM if use.is_at_import else Severity.LOW


def _of_network(use: Use) -> Severity | None:
    if not use.is_called:
        return None
    if use.is_at_import:
        return Severity.HIGH
    if use.is_leaking:
        return Severity.MEDIUM
    if use.name.startswith(FETCHES):
        return Severity.LOW
    if use.name.startswith(
        ("socket.", "ftplib.", "smtplib.", "telnetlib.", "paramiko.", "http.client.", "pycurl.")
    ):
        return Severity.HIGH if use.name not in ("socket.getfqdn", "socket.gethostbyname") else Severity.LOW
    is_sending = use.name.endswith((".post", ".put", ".patch", ".request", ".send"))
    return Severity.MEDIUM if is_sending else Severity.LOW


def _of_reach(use: Use) -> Severity | None:
    if use.name.startswith("operator.") and RUNNING & set(use.texts):
        return Severity.HIGH
    if not use.is_at_import or not use.is_called:
        return None
    if use.name in ("shutil.rmtree", "os.setuid", "sys.settrace", "os.putenv", "os.symlink", "os.chmod"):
        return Severity.HIGH
    if use.name in (
        "os.remove",
        "os.unlink",
        "os.rename",
        "os.replace",
        "threading.Thread",
        "webbrowser.open",
    ):
        return Severity.MEDIUM
    return None
