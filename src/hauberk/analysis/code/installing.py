"""What the code of a repository does when the repository is installed, apart from building it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from hauberk.analysis.code.danger import COMMANDS, danger
from hauberk.analysis.code.judgement import Judged
from hauberk.analysis.code.uses import Use, uses
from hauberk.core.finding import Severity

# Programs that honest builds call: compilers, version control, and what asks about the machine.
BUILDS = frozenset(
    {
        "git", "hg", "svn", "cmake", "make", "gmake", "ninja", "meson", "autoconf", "autoreconf",
        "automake", "configure", "pkg-config", "pkgconf", "cc", "gcc", "g++", "c++", "clang", "clang++",
        "nvcc", "hipcc", "hipconfig", "icc", "icx", "cl", "cl.exe", "link", "ld", "ar", "ranlib", "nm",
        "strip", "objdump", "patchelf", "otool", "lipo", "install_name_tool", "gfortran", "ifort",
        "llvm-config", "rustc", "cargo", "go", "javac", "mvn", "swig", "protoc", "cython", "python",
        "python3", "py", "pip", "pip3", "pytest", "tox", "twine", "build", "sphinx-build", "black",
        "flake8", "isort", "mypy", "ruff", "coverage", "npm", "npx", "yarn", "node", "uname", "which",
        "where", "ldconfig", "ldd", "lscpu", "nproc", "getconf", "sysctl", "sw_vers", "xcrun", "xcodebuild",
        "nvidia-smi", "rocminfo", "rocm-sdk", "vswhere", "vswhere.exe", "brew", "dpkg", "dpkg-architecture",
        "rpm", "mpicc", "mpicxx", "mpirun", "h5cc", "gdal-config", "nc-config", "mysql_config", "pg_config",
        "curl-config", "xml2-config", "xslt-config", "krb5-config", "freetype-config", "cd", "pushd",
        "popd", "echo", "mkdir", "cp", "mv", "rm", "ln", "ls", "cat", "sed", "grep", "awk", "head", "tail",
        "find", "sort", "wc", "test", "true", "false", "export", "set", "env", "tar", "unzip", "patch",
        "pwd", "date", "doxygen", "pandoc", "msgfmt", "pyuic5", "pyrcc5", "perl", "bazel", "bazelisk",
        "conan", "vcpkg", "ctest", "scons", "b2", "chcp", "ver", "cmd", "call", "source",
    }
)  # fmt: skip
# Programs that bring something from elsewhere, or open a way to there.
FETCHES = frozenset(
    {
        "curl", "wget", "nc", "ncat", "netcat", "socat", "ssh", "scp", "sftp", "telnet", "powershell",
        "powershell.exe", "pwsh", "certutil", "bitsadmin", "mshta", "rundll32", "regsvr32", "osascript",
        "xdg-open", "aria2c",
    }
)  # fmt: skip
PIPED = re.compile(
    r"(?:curl|wget)\b[^\n]*\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b|/dev/(?:tcp|udp)/|\b(?:ba)?sh\s+-i\b"
    r"|base64\s+(?:-d|-D|--decode)\b[^\n]*\|"
)
# What no build writes: keys, start-up files, schedules.
PRIVATE = re.compile(
    r"\.ssh/|authorized_keys|\.bashrc|\.bash_profile|\.zshrc|/\.profile\b|/etc/(?:cron|passwd|profile|sudoers|ld\.so)"
    r"|crontab|/systemd/|LaunchAgents|autostart|sitecustomize|usercustomize|CurrentVersion\\\\?Run"
)
RAW = ("socket.", "paramiko.", "ftplib.", "smtplib.", "telnetlib.", "websocket.", "websockets.", "asyncore.")
SENDS = (".post", ".put", ".patch")
STARTS = ("subprocess.", "pty.", "commands.", "popen2.", "pexpect.", "sh.")
SEPARATORS = re.compile(r"[;&|\n]+")


def judged_installing(tree: ast.Module) -> Iterator[Judged]:
    """Everything in the module that building a package has no reason for, by line."""
    found = uses(tree)
    calls: dict[int, list[ast.Call]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            calls.setdefault(node.lineno, []).append(node)
    fetched = {use.line for use in found if danger(use.name) == "network" and use.is_called}
    for use in found:
        if danger(use.name) == "evaluates" and use.is_called and use.line in fetched:
            yield Judged(use.name, use.line, Severity.CRITICAL, f"runs with {use.name} what it fetches")
        elif (severity := _severity(use, calls.get(use.line, []))) is not None:
            yield Judged(use.name, use.line, severity, f"uses {use.name}{_shown(use)} when it is installed")


def _shown(use: Use) -> str:
    return f" on {use.texts[0][:80]!r}" if use.texts else ""


def _severity(use: Use, calls: list[ast.Call]) -> Severity | None:
    kind = danger(use.name)
    if use.is_decoded and kind in ("evaluates", "unpickles", "commands"):
        return Severity.CRITICAL
    if use.name == "?.__subclasses__" or use.name in ("os.?", "subprocess.?", "builtins.?"):
        return Severity.HIGH
    if not use.is_called:
        return None
    if any(map(PRIVATE.search, use.texts)):
        return Severity.HIGH
    if use.name.startswith("marshal."):
        return Severity.HIGH
    if kind == "network":
        return _of_network(use)
    is_command = use.name in COMMANDS or use.name.startswith(STARTS)
    return _of_command(use, calls) if is_command else None


def _of_network(use: Use) -> Severity | None:
    if use.is_leaking or use.name.endswith(SENDS):
        return Severity.HIGH
    if use.name.startswith(RAW):
        is_name = use.name in ("socket.getfqdn", "socket.gethostname", "socket.gethostbyname")
        return Severity.LOW if is_name else Severity.HIGH
    return Severity.MEDIUM if use.is_at_import else Severity.LOW


def _of_command(use: Use, calls: list[ast.Call]) -> Severity | None:
    if PIPED.search(" ".join(use.texts)):
        return Severity.CRITICAL
    programs = [each for call in calls if _may_be(call, use) for each in _programs(call.args[0])]
    if use.is_constant and not programs and use.texts:
        programs = _words(use.texts[0])
    if FETCHES.intersection(programs):
        return Severity.HIGH
    return Severity.MEDIUM if set(programs) - BUILDS else None


def _may_be(call: ast.Call, use: Use) -> bool:
    """Whether a call of the use's line is that use: not one of a method of what the command printed."""
    is_chained = isinstance(call.func, ast.Attribute) and any(
        isinstance(each, ast.Call) and each.args for each in ast.walk(call.func.value)
    )
    is_reached = use.name.rpartition(".")[2] == getattr(call.func, "attr", "")
    return bool(call.args) and (is_reached or not is_chained)


def _programs(argument: ast.expr) -> list[str]:
    """The programs that a command line names; none where the program is computed."""
    if isinstance(argument, ast.List | ast.Tuple) and argument.elts:
        first = argument.elts[0]
        return _words(first.value) if isinstance(first, ast.Constant) and isinstance(first.value, str) else []
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return _words(argument.value)
    if isinstance(argument, ast.JoinedStr) and argument.values:
        first = argument.values[0]
        return _words(str(first.value))[:1] if isinstance(first, ast.Constant) else []
    return []


def _words(line: str) -> list[str]:
    """The first word of each command of a shell line, without assignments and variables before it."""
    out: list[str] = []
    for command in SEPARATORS.split(line):
        words = [each for each in command.split() if "=" not in each]
        if words and not words[0].startswith(("$", "-", "%", "{", "<", ">", "1", "2")):
            out.append(_program(words[0]))
    return out


def _program(word: str) -> str:
    """The program's name; a script of the repository's own counts as its build."""
    word = word.strip("'\"()")
    return "build" if word.startswith(("./", "../")) else word.rpartition("/")[2].lower()
