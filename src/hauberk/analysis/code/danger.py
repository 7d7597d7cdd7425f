"""Names of Python that run commands, evaluate text, unpickle, or dial out.

Source: Python library reference; torch, numpy and pandas documentation of each loader; the gadgets
of published scanner bypasses (arXiv 2508.19774).
"""

from __future__ import annotations

from functools import cache

# Whole modules whose purpose is to run commands or code.
RUNS = frozenset(
    {
        "subprocess", "pty", "commands", "popen2", "runpy", "code", "codeop", "pexpect", "sh", "plumbum",
        "invoke", "fabric", "paramiko", "IPython", "pdb", "bdb", "cProfile", "profile", "timeit", "trace",
        "ctypes", "cffi", "_ctypes", "_posixsubprocess", "ptyprocess", "pip", "ensurepip", "distutils",
        "lib2to3", "idlelib", "turtledemo", "venv", "xdrlib", "antigravity", "_xxsubinterpreters", "doctest",
    }
)  # fmt: skip
# Single names, in full.
COMMANDS = frozenset(
    {
        *(f"{module}.{name}" for module in ("os", "posix", "nt") for name in (
            "system", "popen", "popen2", "popen3", "popen4", "startfile", "fork", "forkpty", "execl",
            "execle",
            "execlp", "execlpe", "execv", "execve", "execvp", "execvpe", "spawnl", "spawnle", "spawnlp",
            "spawnlpe", "spawnv", "spawnve", "spawnvp", "spawnvpe", "posix_spawn", "posix_spawnp", "kill",
            "killpg",
        )),
        "platform.popen", "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell",
        "asyncio.subprocess", "multiprocessing.popen_fork.Popen", "psutil.Popen",
        "torch.utils.cpp_extension.load_inline", "numpy.distutils.exec_command.exec_command",
        "setuptools.sandbox.run_setup", "test.support.script_helper", "torch.multiprocessing.spawn",
    }
)  # fmt: skip
EVALUATES = frozenset(
    {
        "eval", "exec", "compile", "__import__", "execfile", "builtins.eval", "builtins.exec",
        "builtins.compile", "builtins.__import__", "builtins.execfile", "__builtin__.eval",
        "__builtin__.exec",
        "__builtins__.eval", "__builtins__.exec", "types.FunctionType", "types.CodeType", "pandas.eval",
        "pandas.DataFrame.eval", "numexpr.evaluate", "importlib.import_module", "importlib.__import__",
        "importlib.reload", "imp.load_source", "imp.load_module", "pydoc.locate", "pydoc.pipepager",
        "pkgutil.resolve_name", "logging.config.dictConfig", "logging.config.listen",
        "numpy.testing._private.utils.runstring", "numpy.f2py.compile", "numpy.f2py.run_main",
        "sympy.sympify", "torch.fx.graph_module._forward_from_src",
    }
)  # fmt: skip
UNPICKLES = frozenset(
    {
        *(f"{module}.{name}" for module in ("pickle", "_pickle", "cPickle", "dill", "cloudpickle", "marshal",
                                            "jsonpickle", "joblib", "torch", "shelve", "hickle", "_dill")
          for name in ("load", "loads", "Unpickler", "open", "decode", "unpickle", "Shelf")),
        "numpy.load", "pandas.read_pickle", "torch.jit.load", "torch.hub.load", "torch.ops.load_library",
        "torch.classes.load_library", "torch.utils.model_zoo.load_url", "torch.hub.load_state_dict_from_url",
        "torch.package.PackageImporter", "yaml.load", "yaml.unsafe_load", "yaml.full_load", "yaml.load_all",
        "keras.models.load_model", "tensorflow.keras.models.load_model", "tensorflow.load_op_library",
        "tensorflow.load_library", "skops.io.load", "sklearn.externals.joblib.load",
        "mlflow.pyfunc.load_model",
        "torch.utils.cpp_extension.load", "numpy.lib.npyio.NpzFile", "numpy.core.multiarray.load",
    }
)  # fmt: skip
REACHES = frozenset(
    {
        "getattr", "setattr", "delattr", "vars", "globals", "locals", "builtins.getattr", "builtins.setattr",
        "builtins.delattr", "builtins.vars", "builtins.globals", "builtins.locals", "builtins.open",
        "builtins.input", "builtins.breakpoint", "builtins.help", "builtins.exit", "operator.attrgetter",
        "operator.methodcaller", "functools.reduce", "os.putenv", "os.environ.update", "os.remove",
        "os.unlink",
        "os.rmdir", "os.removedirs", "os.rename", "os.replace", "os.chmod", "os.chown", "os.symlink",
        "os.link",
        "os.truncate", "os.write", "os.open", "os.setuid", "os.mkfifo", "os.abort", "os._exit", "sys.exit",
        "sys.modules", "sys.settrace", "sys.setprofile", "sys.path.append", "sys.path.insert",
        "shutil.rmtree",
        "shutil.move", "shutil.copy", "shutil.copyfile", "shutil.copytree", "shutil.unpack_archive",
        "shutil.make_archive", "shutil.chown", "atexit.register", "signal.signal", "threading.Thread",
        "webbrowser.open", "webbrowser.open_new", "zipfile.ZipFile.extractall", "tarfile.TarFile.extractall",
        "pathlib.Path.write_text", "pathlib.Path.write_bytes", "pathlib.Path.unlink", "io.open",
        "codecs.open",
        "open", "linecache.getlines", "fileinput.input", "tempfile.mktemp",
    }
)  # fmt: skip
# Modules that speak to the network, whole.
SPEAKS = frozenset(
    {
        "socket", "_socket", "ssl", "http", "urllib", "urllib2", "urllib3", "requests", "httpx", "aiohttp",
        "ftplib", "smtplib", "poplib", "imaplib", "telnetlib", "xmlrpc", "socketserver", "websocket",
        "websockets", "asyncore", "asynchat", "nntplib", "wget", "pycurl", "httplib", "scapy", "dns",
    }
)  # fmt: skip
# Of those, what only takes names and numbers apart.
QUIET = ("urllib.parse", "http.HTTPStatus", "http.cookies", "socket.gethostname", "urllib.error",
    "urllib3.util.retry",
         "requests.exceptions", "requests.adapters", "urllib3.exceptions", "http.cookiejar", "httpx.Timeout",
         "requests.Session", "requests.models", "requests.structures", "ssl.SSLError", "httpx.HTTPError",
         "socket.timeout", "socket.error", "urllib.request.Request", "requests.Response",
         "IPython.get_ipython", "IPython.display", "IPython.core.display", "subprocess.CalledProcessError",
         "subprocess.PIPE", "subprocess.DEVNULL",
         "subprocess.TimeoutExpired",
         "subprocess.STDOUT", "subprocess.SubprocessError", "ctypes.util")  # fmt: skip


@cache
def danger(name: str) -> str:
    """What the fully named thing does: commands, evaluates, unpickles, reaches, network, or nothing."""
    root = name.partition(".")[0]
    if name in COMMANDS:
        return "commands"
    if name in EVALUATES:
        return "evaluates"
    if name in UNPICKLES:
        return "unpickles"
    if name in REACHES:
        return "reaches"
    if name.startswith(QUIET) or "." not in name:
        return ""
    if root in RUNS:
        return "commands"
    return "network" if root in SPEAKS else ""
