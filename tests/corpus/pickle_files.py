"""Pickles that call a standard-library function which touches files, the network or the system."""

# ruff: noqa: E501  # a table: one technique stays on one line where it can

from __future__ import annotations

import io
import tarfile
import zipfile

from tests.corpus.opcodes import call, method, name, program
from tests.corpus.payload import CODE, MARK, NOBODY
from tests.corpus.technique import table

HOSTS = "/etc/hosts"  # a file that everyone has and anyone may read
PATH = call("pathlib:Path", MARK)


def beside(other: str, octets: bytes, model: bytes) -> dict[str, bytes]:
    """The model and the file that it uses."""
    return {"model.pkl": model, other: octets}


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(MARK))
    return out.getvalue()


def _zip(member: str, octets: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo(member), octets)
    return out.getvalue()


table("pickle-files", "model.pkl", "pickle", {
    "builtins-open": program(call("builtins:open", MARK, "w")),
    "io-open": program(call("io:open", MARK, "w")),
    "io-fileio": program(call("io:FileIO", MARK, "w")),
    "c-io-fileio": program(call("_io:FileIO", MARK, "w")),
    "os-open": program(call("os:open", MARK, 0o100)),
    "os-mkdir": program(call("os:mkdir", MARK)),
    "os-makedirs": program(call("os:makedirs", MARK)),
    "os-mkfifo": program(call("os:mkfifo", MARK)),
    "os-symlink": program(call("os:symlink", HOSTS, MARK)),
    "os-rename": program(call("os:mkdir", "a"), call("os:rename", "a", MARK)),
    "path-touch": program(call("pathlib:Path.touch", PATH)),
    "path-write-text": program(call("pathlib:Path.write_text", PATH, "x")),
    "path-getattr-touch": program(call(call("builtins:getattr", PATH, "touch"))),
    "codecs-open": program(call("codecs:open", MARK, "w")),
    "gzip-file": program(call("gzip:GzipFile", MARK, "wb")),
    "bz2-file": program(call("bz2:BZ2File", MARK, "wb")),
    "lzma-file": program(call("lzma:LZMAFile", MARK, "wb")),
    "tarfile-open": program(call("tarfile:open", MARK, "w")),
    "zipfile-open": program(call("zipfile:ZipFile", MARK, "w")),
    "wave-open": program(call("wave:open", MARK, "wb")),
    "sqlite-connect": program(call("sqlite3:connect", MARK)),
    "dbm-dumb": program(call("dbm.dumb:open", MARK, "c")),
    "shelve-open": program(call("shelve:open", MARK)),
    "mailbox-mbox": program(call("mailbox:mbox", MARK)),
    "mailbox-maildir": program(call("mailbox:Maildir", MARK)),
    "logging-file-handler": program(call("logging:FileHandler", MARK)),
    "logging-rotating-handler": program(call("logging.handlers:RotatingFileHandler", MARK)),
    "shutil-copyfile": program(call("shutil:copyfile", HOSTS, MARK)),
    "shutil-copytree": program(call("os:mkdir", "a"), call("shutil:copytree", "a", MARK)),
    "shutil-move": program(call("os:mkdir", "a"), call("shutil:move", "a", MARK)),
    "shutil-make-archive": program(call("os:mkdir", "a"), call("shutil:make_archive", MARK, "tar", "a")),
    "distutils-write-file": program(call("distutils.file_util:write_file", MARK, ["x"])),
    "distutils-mkpath": program(call("distutils.dir_util:mkpath", MARK)),
    "venv-create": program(call("venv:EnvBuilder.ensure_directories", call("venv:EnvBuilder"), MARK)),
    "urlretrieve-file": program(call("urllib.request:urlretrieve", "file://" + HOSTS, MARK)),
    "pip-log": program(call("pip:main", ["config", "list", "--log", MARK])),
    "trace-coverage": program(
        call("trace:CoverageResults.write_results", call("trace:CoverageResults", None, None, None, None, MARK))
    ),
    "http-cookies": program(
        call("http.cookiejar:MozillaCookieJar.save", call("http.cookiejar:MozillaCookieJar", MARK))
    ),
    "configparser-write": program(
        method("configparser:ConfigParser", "write", call("configparser:ConfigParser"),
               call("io:open", MARK, "w"))
    ),
    "tarfile-extractall": lambda: beside("a.tar", _tar(), program(
        call("tarfile:TarFile.extractall", call("tarfile:open", "a.tar")))),
    "zipfile-extractall": lambda: beside("a.zip", _zip(MARK, b""), program(
        call("zipfile:ZipFile.extractall", call("zipfile:ZipFile", "a.zip")))),
    "shutil-unpack-archive": lambda: beside("a.tar", _tar(), program(call("shutil:unpack_archive", "a.tar"))),
    "zipimport": lambda: beside("a.zip", _zip("payload.py", CODE.encode()), program(
        call("zipimport:zipimporter.load_module", call("zipimport:zipimporter", "a.zip"), "payload"))),
    "imp-load-source": lambda: beside("payload.py", CODE.encode(), program(
        call("imp:load_source", "payload", "payload.py"))),
    "source-file-loader": lambda: beside("payload.py", CODE.encode(), program(
        call("importlib.machinery:SourceFileLoader.load_module",
             call("importlib.machinery:SourceFileLoader", "payload", "payload.py"), "payload"))),
    "runpy-run-path": lambda: beside("payload.py", CODE.encode(), program(call("runpy:run_path", "payload.py"))),
    "multiprocessing-main-path": lambda: beside("payload.py", CODE.encode(), program(
        call("multiprocessing.spawn:_fixup_main_from_path", "payload.py"))),
    "site-pth": lambda: beside("a/a.pth", f"{CODE}\n".encode(), program(call("site:addsitedir", "a"))),
    "py-compile": lambda: beside("payload.py", b"", program(call("py_compile:compile", "payload.py", MARK))),
    "sys-path-append": lambda: beside("payload.py", (CODE + "\nx=1").encode(), program(
        name("sys:path") + b"X\x01\x00\x00\x00.a", name("payload:x"))),
    "zipapp": lambda: beside("a/__main__.py", b"", program(call("zipapp:create_archive", "a", MARK))),
})  # fmt: skip

for _event, _rows in {
    "socket.connect": {
        "socket-create-connection": call("socket:create_connection", NOBODY),
        "urlopen-http": call("urllib.request:urlopen", "http://127.0.0.1:9/"),
        "http-client": call("http.client:HTTPConnection.connect", call("http.client:HTTPConnection", *NOBODY)),
        "smtplib": call("smtplib:SMTP", *NOBODY),
        "ftplib": call("ftplib:FTP", "127.0.0.1"),
        "telnetlib": call("telnetlib:Telnet", *NOBODY),
        "poplib": call("poplib:POP3", *NOBODY),
        "imaplib": call("imaplib:IMAP4", *NOBODY),
        "nntplib": call("nntplib:NNTP", *NOBODY),
        "ssl-certificate": call("ssl:get_server_certificate", NOBODY),
        "syslog-handler": call("logging.handlers:SysLogHandler", NOBODY, 1, name("socket:SOCK_STREAM")),
        "multiprocessing-client": call("multiprocessing.connection:Client", NOBODY),
    },
    "socket.getaddrinfo": {"dns-getaddrinfo": call("socket:getaddrinfo", "localhost", 9)},
    "socket.gethostbyname": {"dns-gethostbyname": call("socket:gethostbyname", "localhost")},
    "socket.bind": {"listening-server": call("socketserver:TCPServer", ("127.0.0.1", 0), None)},
    "urllib.Request": {"urlopen-file": call("urllib.request:urlopen", "file://" + HOSTS)},
    "open": {
        "linecache": call("linecache:getlines", HOSTS),
        "fileinput": call("builtins:next", call("fileinput:input", (HOSTS,))),
        "path-read-text": call("pathlib:Path.read_text", call("pathlib:Path", HOSTS)),
        "tokenize-open": call("tokenize:open", HOSTS),
        "numberless-netrc": call("netrc:netrc", HOSTS),
    },
    "shutil.rmtree": {"shutil-rmtree": call("shutil:rmtree", "nothing", True)},
    "os.remove": {"os-remove": call("os:remove", "nothing"),
                  "path-unlink": call("pathlib:Path.unlink", call("pathlib:Path", "nothing"))},
    "os.listdir": {"os-listdir": call("os:listdir", ".")},
    "glob.glob": {"glob": call("glob:glob", "*")},
    "os.chmod": {"os-chmod": call("os:chmod", "nothing", 0)},
    "os.kill": {"os-kill": call("os:kill", call("os:getpid"), 0)},
    "os.fork": {"os-fork": call("os:_exit", call("os:fork"))},
    "os.putenv": {"os-putenv": call("os:putenv", "A", "B"),
                  "environ-setitem": name("os:environ") + b"X\x01\x00\x00\x00AX\x01\x00\x00\x00Bs"},
    "tempfile.mkstemp": {"tempfile-mkstemp": call("tempfile:mkstemp")},
    "tempfile.mkdtemp": {"tempfile-mkdtemp": call("tempfile:mkdtemp")},
    "webbrowser.open": {"webbrowser-open": call("webbrowser:open", "http://127.0.0.1:9/"),
                        "antigravity-import": name("antigravity:geohash"),
                        "import-module": call("importlib:import_module", "antigravity"),
                        "pydoc-render": call("pydoc:render_doc", "antigravity"),
                        "pydoc-safeimport": call("pydoc:safeimport", "antigravity"),
                        "dunder-import": call("builtins:__import__", "antigravity"),
                        "pkgutil-find-loader": call("pkgutil:walk_packages", None)
                        + call("builtins:__import__", "antigravity") + b"\x86",
                        "codecs-search-function": call("codecs:register", name("importlib:import_module"))
                        + b"0" + call("codecs:lookup", "antigravity")},
    "builtins.breakpoint": {"breakpoint": call("builtins:breakpoint")},
    "ctypes.dlopen": {"ctypes-dlopen": call("ctypes:CDLL", "./payload.so"),
                      "ctypes-load-library": call("ctypes:cdll.LoadLibrary", "./payload.so")},
    "subprocess.Popen": {"ensurepip": call("ensurepip:_run_pip", ["--version"])},
    "sys.addaudithook": {"sys-addaudithook": call("sys:addaudithook", name("builtins:id"))},
    "ctypes.string_at": {"ctypes-string-at": call("ctypes:string_at", b"x")},
    "signal.pthread_kill": {"pthread-kill": call("signal:pthread_kill", call("threading:get_ident"), 0)},
}.items():  # fmt: skip
    table(
        "pickle-system",
        "model.pkl",
        "pickle",
        {key: program(row) for key, row in _rows.items()},
        effect=_event,
    )

table("pickle-system", "model.pkl", "", {
    "nt-system": program(call("nt:system", "calc.exe")),
    "ctypes-windll": program(call("ctypes:WinDLL", "evil.dll")),
    "os-startfile": program(call("os:startfile", "calc.exe")),
    "winreg": program(call("winreg:CreateKey", 1, "x")),
    "msvcrt": program(call("msvcrt:putch", b"x")),
    "code-interact": program(call("code:interact")),
    "commands-module": program(call("commands:getstatusoutput", "id")),
    "ipython-system": program(call("IPython.utils.process:system", "id")),
    "unheard-of-module": program(call("some_company_tools.shell:launch", "id")),
    "exit": program(call("os:_exit", 0)),
    "abort": program(call("os:abort")),
})  # fmt: skip
