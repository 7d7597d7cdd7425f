"""What code that runs at load time must not touch, and the modules whose functions are harmless.

Every name here was put down by hand; the walk in effects.py reads everything else.
"""
# ruff: noqa: E501  # tables, which read better wide

BAD_BUILTINS = {"open", "exec", "eval", "compile", "__import__", "input", "breakpoint"}

# A module of this list is bad with all that is in it.
BAD_MODULES = {
    "subprocess", "socket", "ctypes", "_ctypes", "shutil", "os", "posix", "nt", "sys.modules", "pickle", "_pickle",
    "_io", "io.open", "marshal", "shelve", "importlib", "_imp", "runpy", "code", "codeop", "pty", "tempfile",
    "urllib", "http", "ftplib", "smtplib", "telnetlib", "ssl", "asyncio", "multiprocessing", "concurrent",
    "_posixsubprocess", "signal", "webbrowser", "pathlib.Path", "fileinput", "zipfile", "tarfile", "sqlite3",
    "pkgutil", "cProfile", "profile", "pdb", "bdb", "timeit", "trace", "dill", "cloudpickle", "requests",
    "mmap", "fsspec", "logging.FileHandler", "logging.config", "xml", "distutils", "setuptools", "sysconfig",
    "torch.hub", "torch.utils.cpp_extension", "torch._inductor", "torch._dynamo", "torch.package", "torch.jit",
    "torch.onnx", "torch.distributed.rpc", "torch._C._distributed_rpc", "numpy.f2py", "numpy.distutils",
    "numpy.testing", "joblib.externals.loky", "huggingface_hub",
}  # fmt: skip

BAD_NAMES = {
    "numpy.load", "numpy.save", "numpy.savez", "numpy.savez_compressed", "numpy.savetxt", "numpy.loadtxt",
    "numpy.genfromtxt", "numpy.fromfile", "numpy.memmap", "numpy.fromregex", "numpy.DataSource",
    "numpy.lib.npyio.DataSource", "numpy.lib.format.open_memmap", "numpy.lib.format.read_array",
    "numpy.ctypeslib.load_library", "numpy.show_config", "numpy.info", "numpy.source",
    "scipy.io.loadmat", "scipy.io.savemat", "scipy.sparse.load_npz", "scipy.sparse.save_npz",
    "torch.load", "torch.save", "torch.from_file", "torch.compile", "torch.classes.load_library",
    "torch.ops.load_library", "torch.serialization.load", "torch.serialization.save", "torch.serialization._load",
    "sys.exit", "os._exit", "sys.setrecursionlimit", "sys.settrace", "sys.setprofile", "atexit.register",
    "builtins.open", "threading.Thread", "_thread.start_new_thread", "logging.basicConfig",
}  # fmt: skip

# Harmless members of bad modules.
PURE_NAMES = {
    "posixpath.join", "os.fspath", "posix.fspath", "posix.getpid", "os.cpu_count", "posix.cpu_count", "os.getenv", "os.environ",
    "pickle.PickleError", "importlib._bootstrap.ModuleSpec", "_io.StringIO", "_io.BytesIO", "os.PathLike",
    "importlib.metadata.version", "importlib.util.find_spec", "torch.jit._script.ScriptModule",
    "torch.jit.is_scripting", "torch._jit_internal.is_scripting", "torch.jit.is_tracing",
    "torch.jit.annotate", "torch.jit._annotate", "torch._C._get_tracing_state", "torch.jit._trace.is_tracing",
}  # fmt: skip

# A call of these on an object whose type is not known.
BAD_METHODS = {
    "system", "popen", "write", "write_text", "write_bytes", "unlink", "mkdir", "makedirs", "rmdir", "rmtree",
    "savetxt", "tofile", "dump", "save", "savez", "urlopen", "urlretrieve", "connect", "open", "read_text",
    "read_bytes", "load_library", "import_module", "exec_module", "load_module", "to_pickle", "to_csv",
    "to_parquet", "to_json", "to_sql", "save_model", "load_model", "save_pretrained", "from_pretrained",
    "run_command", "check_output", "Popen", "from_file", "load_state_dict_from_url", "loads",
    "runcode", "runsource", "find_module", "sendall", "touch", "symlink_to", "fromfile",
}  # fmt: skip

# Roots whose functions do sums, text and containers only (the bad ones are named above).
PURE_MODULES = {
    "math", "cmath", "itertools", "functools", "_functools", "operator", "_operator", "copy", "copyreg",
    "collections", "_collections", "_collections_abc", "re", "_sre", "warnings", "_warnings", "typing", "numbers",
    "inspect", "abc", "_abc", "threading", "_thread", "weakref", "_weakref", "types", "enum", "datetime",
    "_datetime", "decimal", "_decimal", "fractions", "uuid", "struct", "_struct", "string", "textwrap", "random",
    "_random", "hashlib", "_hashlib", "contextlib", "time", "dataclasses", "json", "array", "bisect", "_bisect",
    "heapq", "_heapq", "statistics", "numpy", "posixpath", "genericpath", "unicodedata", "typing_extensions",
    "logging", "platform", "sys", "traceback", "keyword", "secrets", "zoneinfo", "calendar", "locale", "reprlib",
    "atexit", "scipy._lib.array_api_compat", "packaging", "__future__", "difflib", "pprint", "queue", "_queue",
    "_io", "io", "base64", "binascii", "zlib", "graphlib", "ast", "tokenize", "token", "linecache", "dis",
}  # fmt: skip

# Methods that the unpickler runs, read by hand: they store, look up and check, whatever state they are given.
TRUSTED = {
    "torch.nn.modules.module.Module.__setattr__",  # global hooks are the program's own
    "torch.nn.modules.module.Module.__setstate__",
    "torch.nn.modules.module.Module.__getattr__",
    "huggingface_hub.dataclasses.strict.<locals>.wrap.<locals>.__strict_setattr__",  # validators of the class
    "pandas.core.internals.managers.SingleBlockManager.__setstate__",
    "pandas.core.generic.NDFrame.__setattr__", "pandas.core.generic.NDFrame.__setstate__",
    "pandas.core.generic.NDFrame.__getattr__",
    "lightgbm.engine.CVBooster.__getattr__",  # returns a function, and calls nothing
}  # fmt: skip
