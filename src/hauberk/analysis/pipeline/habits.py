"""What single commands do carelessly: remote code, open doors, loose versions, spoken secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.analysis.pipeline.shell import Command, commands_of
from hauberk.analysis.pipeline.tools import plain_words
from hauberk.formats.pipeline.script import Script, Scripted

FETCHERS = frozenset({"curl", "wget", "iwr", "Invoke-WebRequest", "irm", "Invoke-RestMethod"})
SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ash", "python", "python3", "node", "perl", "ruby", "iex"})
CHECKS = re.compile(
    r"sha(?:256|512|1)?sum|shasum|gpg|cosign|minisign|openssl dgst|Get-FileHash|slsa-verifier|sigstore|rpm -K"
)
URL = re.compile(r"https?://[^\s\"'|;)]+")
# Files that are programs, or hold some.
RUNNABLE = re.compile(
    r"\.(?:sh|bash|py|tgz|tar\.gz|tar\.xz|tar\.bz2|zip|deb|rpm|run|bin|exe|jar|whl|AppImage)$", re.I
)
SECRET_NAME = re.compile(
    r"(?:^|_|-)(?:TOKEN|SECRET|PASSWORD|PASSWD|PWD|API_?KEY|APIKEY|SECRET_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?"
    r"|PASS|AUTH)(?:$|_|-|\d)|(?:Token|Secret|Password|ApiKey|SecretKey|AccessKey)$|^(?:token|secret|password|api_?key)$",
    re.IGNORECASE,
)
NO_SECRET_NAME = re.compile(
    r"_(?:FILE|PATH|NAME|URL|URI|ID|ARN|TTL|EXPIRY|TYPE|LENGTH|REGION|USER|DIR|MODE|ENABLED|VERSION|ISSUER|HOST|SOCK)$"
    r"|^(?:AWS_ACCESS_KEY_ID|PWD|OLDPWD|GIT_TERMINAL_PROMPT|TOKENIZERS_PARALLELISM|GIT_ASKPASS|SSH_AUTH_SOCK)$|TOKENIZER"
    r"|MAX_TOKEN|TOKENS|NEXT_PUBLIC",
    re.IGNORECASE,
)
EXPANDED = re.compile(r"\$\{?(?:env:)?([A-Za-z_]\w*)|\$\{\{\s*secrets\.(\w+)\s*\}\}|\$\(([A-Za-z_][\w.]*)\)")
VALUE_OF_NOTHING = re.compile(
    r"^(?:|true|false|yes|no|none|null|changeme|\*+|x+|<.*>|\d{1,3})$|\$[({A-Za-z_]|^\{\{|^@|^/|^~/|^\./"
    r"|^(?:dummy|example|placeholder|test|testing|postgres|password|secret)$|%\w+%",
    re.IGNORECASE,
)
PACKAGE = re.compile(r"[A-Za-z][\w.-]*(?:\[[\w,. -]*\])?(?:[<>=!~].*)?$")
# Programs that install themselves; which version is the image's business.
BOOTSTRAP = frozenset({"pip", "setuptools", "wheel", "uv", "build", "pipx", "poetry"})


@dataclass(frozen=True, slots=True)
class Habit:
    """One command that is told, its line, and what it is about."""

    line: int
    message: str
    subject: str


def commands_with_scripts(view: Scripted) -> Iterator[tuple[Script, tuple[Command, ...]]]:
    """Every script with its commands."""
    for each in dict.fromkeys(view.scripts):
        yield each, commands_of(each)


def remote_scripts(commands: tuple[Command, ...], script: Script) -> Iterator[Habit]:
    """Programs that are fetched and run, or installed, without a look at their digest."""
    is_checked = bool(CHECKS.search(script.text))
    fetched: dict[str, Command] = {}
    for place, each in enumerate(commands):
        if each.name in FETCHERS:
            url = URL.search(each.raw)
            shown = url[0][:150] if url else each.name
            if each.after in ("|", "|&") and _is_run(commands[place + 1 : place + 4]):
                yield Habit(each.line, f"what {shown} sends is run at once", shown)
            elif (
                each.before in ("(", "\n")
                and place
                and commands[place - 1].name in (*SHELLS, "eval", "source", ".")
            ):
                if (each.before == "(" or f"$({each.name}" in commands[place - 1].raw) and not is_checked:
                    yield Habit(each.line, f"what {shown} sends is run at once", shown)
            elif url and not is_checked and (name := _target(each, shown)):
                fetched[name.rsplit("/", 1)[-1]] = each
        elif fetched and not is_checked:
            for word in each.words[:1] if each.name not in (*SHELLS, *INSTALLERS) else each.words[1:]:
                name = word.rsplit("/", 1)[-1]
                if source := fetched.pop(name, None):
                    url = URL.search(source.raw)
                    shown = url[0][:150] if url else name
                    yield Habit(
                        source.line, f"{name[:80]} from {shown} is run without a look at its digest", shown
                    )


INSTALLERS = (
    "chmod",
    "tar",
    "unzip",
    "dpkg",
    "rpm",
    "install",
    "mv",
    "apt",
    "apt-get",
    "java",
    "source",
    ".",
)


def _is_run(after: tuple[Command, ...]) -> bool:
    for each in after:
        if each.name in SHELLS and not {"-c", "-m", "-e"} & set(each.words[1:2]):
            return True
        if each.name in ("tar", "gpg", "jq", "grep") or each.after not in ("|", "|&"):
            return False
    return False


def _target(command: Command, url: str) -> str:
    named = command.option("-o", "--output", "-O", "--output-document", "-OutFile")
    if command.written:
        return command.written[-1]
    if named and not named.startswith("http") and named != "-":
        return named
    return (
        url.rsplit("/", 1)[-1] if RUNNABLE.search(url) or command.name == "wget" or command.has("-O") else ""
    )


def spoken_secrets(commands: tuple[Command, ...]) -> Iterator[Habit]:
    """Commands that write secrets to the log."""
    for each in commands:
        if each.name in ("echo", "printf", "Write-Host", "Write-Output") and each.after not in ("|", "|&"):
            if each.written or each.is_inner:
                continue
            for found in EXPANDED.finditer(each.raw):
                name = found[1] or found[2] or found[3]
                is_hidden = "::add-mask::" in each.raw or "${#" in each.raw
                if not is_hidden and (found[2] or is_secret_name(name)):
                    yield Habit(each.line, f"writes {name} to the log", name)
                    break
        elif each.words in (("printenv",), ("env",), ("set",), ("export",)) and not each.written:
            if each.after not in ("|", "|&") and not each.is_inner:
                yield Habit(each.line, f"`{each.name}` writes every variable to the log", each.name)
        elif (
            each.name in ("cat", "type")
            and re.search(r"(?:^|/)(?:\.env|credentials|id_rsa|kubeconfig|\.netrc|\.npmrc)$", each.raw)
            and each.after not in ("|", "|&")
            and not each.written
            and not each.is_inner
        ):
            yield Habit(each.line, f"writes {each.words[-1][:60]} to the log", each.words[-1][:60])


def is_secret_name(name: str) -> bool:
    """Whether a variable of this name holds a secret."""
    return bool(SECRET_NAME.search(name)) and not NO_SECRET_NAME.search(name)


def is_secret_value(value: str) -> bool:
    """Whether a text can be a secret: no reference, no path, no placeholder."""
    return len(value) >= 6 and not VALUE_OF_NOTHING.search(value) and " " not in value.strip()


def password_arguments(commands: tuple[Command, ...]) -> Iterator[Habit]:
    """Logins of which the password stands in the command line."""
    for each in commands:
        if (
            each.name in ("docker", "podman", "helm", "buildah", "skopeo", "oras", "crane")
            and "login" in each.words[1:4]
        ):
            value = each.option("-p", "--password")
            if value is not None and not each.has("--password-stdin"):
                yield Habit(
                    each.line, f"{each.name} login gets its password as an argument", f"{each.name} login"
                )
        elif each.name in ("sshpass", "mysql", "curl") and (
            (each.name == "sshpass" and each.option("-p")) or (each.name == "curl" and _has_password(each))
        ):
            yield Habit(each.line, f"{each.name} gets a password as an argument", each.name)


def _has_password(command: Command) -> bool:
    value = command.option("-u", "--user") or ""
    name, colon, password = value.partition(":")
    return bool(colon and password and name) and "$" not in password and is_secret_value(password)


def unverified_tls(commands: tuple[Command, ...]) -> Iterator[Habit]:
    """Connections of which the other end is not asked who it is."""
    for each in commands:
        words, text = set(each.words), each.raw
        option = ""
        if each.name == "curl":
            option = next(
                (w for w in each.words if w == "--insecure" or re.fullmatch(r"-[a-zA-Z]*k[a-zA-Z]*", w)), ""
            )
        elif each.name == "wget":
            option = "--no-check-certificate" if "--no-check-certificate" in words else ""
        elif each.name == "git":
            option = "http.sslVerify=false" if re.search(r"http\.sslVerify[= ]\"?false", text, re.I) else ""
        elif each.name in ("npm", "yarn", "pnpm"):
            option = "strict-ssl false" if re.search(r"strict-ssl[= ]false", text) else ""
        elif each.name in ("kubectl", "helm", "oc", "argocd"):
            option = next(
                (
                    w
                    for w in each.words
                    if w in TLS_OPTIONS or w.startswith("--insecure-skip-tls-verify=true")
                ),
                "",
            )
        elif each.name in ("docker", "podman", "skopeo", "buildah"):
            option = next(
                (w for w in each.words if w in ("--tls-verify=false", "--src-tls-verify=false")), ""
            )
        elif each.name == "ssh" or each.name == "scp":
            option = "StrictHostKeyChecking=no" if "StrictHostKeyChecking=no" in text.replace(" ", "") else ""
        elif plain_words(each)[:1] in (("pip",), ("pip3",), ("uv",)):
            option = (
                "--trusted-host" if each.option("--trusted-host", "--allow-insecure-host") is not None else ""
            )
        elif each.name in ("apt-get", "apt", "apk", "dnf", "yum"):
            option = next((w for w in each.words if w in UNSIGNED), "")
        if not option:
            option = next(
                (w.partition("=")[0] for w in (*each.assigned, *_exported(each)) if TLS_OFF.match(w)), ""
            )
        if option:
            yield Habit(each.line, f"{each.name or 'the shell'} is given {option}", f"{each.name} {option}")


TLS_OPTIONS = ("--insecure-skip-tls-verify", "--insecure")
UNSIGNED = ("--allow-unauthenticated", "--force-yes", "--allow-untrusted", "--nogpgcheck", "--no-gpg-checks")
TLS_OFF = re.compile(
    r"(?:GIT_SSL_NO_VERIFY=(?:1|true)|NODE_TLS_REJECT_UNAUTHORIZED=[\"']?0|PYTHONHTTPSVERIFY=0|CURL_CA_BUNDLE=[\"']*$"
    r"|REQUESTS_CA_BUNDLE=[\"']*$|HF_HUB_DISABLE_SSL_VERIF\w*=1|GOINSECURE=|GONOSUMDB=\*|GOFLAGS=-insecure)",
    re.IGNORECASE,
)


def _exported(command: Command) -> tuple[str, ...]:
    return command.words[1:] if command.name in ("export", "set", "setx") else ()


def loose_installs(commands: tuple[Command, ...]) -> Iterator[Habit]:
    """Packages that are installed by name alone, so that today's newest comes."""
    for each in commands:
        words = [word for word in plain_words(each) if word]
        packages = _asked_packages(words)
        loose = [one for one in packages if _is_loose(words[0], one)]
        if loose:
            yield Habit(
                each.line,
                f"{words[0]} installs {', '.join(loose[:4])[:100]} in whatever version is newest",
                loose[0][:60],
            )


def _asked_packages(words: list[str]) -> list[str]:
    if words[:1] in (["pip"], ["pip3"]) and "install" in words[1:3]:
        rest = words[words.index("install") + 1 :]
    elif words[:3] == ["uv", "pip", "install"] or words[:3] == ["uv", "tool", "install"]:
        rest = words[3:]
    elif words[:2] in (
        ["npm", "install"],
        ["npm", "i"],
        ["gem", "install"],
        ["pipx", "install"],
        ["cargo", "install"],
        ["yarn", "add"],
        ["pnpm", "add"],
        ["go", "install"],
    ):
        rest = words[2:]
    else:
        return []
    found, skip = [], False
    is_strict = any(each in ("--require-hashes", "--locked", "--frozen") for each in rest)
    for each in rest:
        if skip:
            skip = False
        elif each.startswith("-"):
            skip = each in VALUED
        else:
            found.append(each)
    if is_strict or (words[0] == "gem" and any(each in ("-v", "--version") for each in rest)):
        return []
    return (
        [] if words[0] == "cargo" and any(each.startswith(("--version", "--git")) for each in rest) else found
    )


VALUED = frozenset(
    {
        "-r",
        "--requirement",
        "-c",
        "--constraint",
        "-e",
        "--editable",
        "-i",
        "--index-url",
        "--extra-index-url",
        "-f",
        "--find-links",
        "--trusted-host",
        "--target",
        "-t",
        "--prefix",
        "--cache-dir",
        "--python",
        "--root",
        "--proxy",
        "--timeout",
        "--retries",
        "--platform",
        "--registry",
        "--version",
        "-v",
        "--python-version",
        "--only-binary",
        "--no-binary",
        "--index",
        "--default-index",
        "--root-user-action",
    }
)


def _is_loose(tool: str, package: str) -> bool:
    if "$" in package or package.startswith((".", "/", "file:", "http", "git+", "~", "<", "'", '"', "{")):
        return False
    if tool == "go":
        return package.endswith(("@latest", "@main", "@master"))
    if tool in ("npm", "yarn", "pnpm"):
        version = package.rpartition("@")[2] if "@" in package[1:] else ""
        return not re.match(r"\d", version)
    if package.endswith((".whl", ".gz", ".txt", ".gem")) or not PACKAGE.match(package):
        return False
    name = re.split(r"[\[<>=!~;]", package)[0].lower()
    return "==" not in package and not ("=" in package and tool == "gem") and name not in BOOTSTRAP
