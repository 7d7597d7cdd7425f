"""Pickles that call a standard-library function which runs commands or code."""

# ruff: noqa: E501  # a table: one technique stays on one line where it can

from __future__ import annotations

from tests.corpus.opcodes import built, call, made, method, name, named, old_name, old_program, program
from tests.corpus.payload import CODE, EXPRESSION, IMPORTING, MARK, SHELL
from tests.corpus.technique import table

ARGV = ["sh", "-c", SHELL]

table("pickle-commands", "model.pkl", "pickle", {
    "os-system": program(call("os:system", SHELL)),
    "posix-system": program(call("posix:system", SHELL)),
    "os-popen": program(call("os:popen", SHELL)),
    "os-execvp": program(call("os:execvp", "sh", ARGV)),
    "os-execlp": program(call("os:execlp", "sh", *ARGV)),
    "os-spawnvp": program(call("os:spawnvp", 0, "sh", ARGV)),
    "os-spawnlp": program(call("os:spawnlp", 0, "sh", *ARGV)),
    "posix-spawn": program(call("posix:posix_spawn", "/bin/sh", ARGV, name("os:environ"))),
    "subprocess-popen": program(call("subprocess:Popen", ARGV)),
    "subprocess-call": program(call("subprocess:call", ARGV)),
    "subprocess-run": program(call("subprocess:run", ARGV)),
    "subprocess-check-call": program(call("subprocess:check_call", ARGV)),
    "subprocess-check-output": program(call("subprocess:check_output", ARGV)),
    "subprocess-getoutput": program(call("subprocess:getoutput", SHELL)),
    "subprocess-getstatusoutput": program(call("subprocess:getstatusoutput", SHELL)),
    "commands-getoutput-python-2": old_program(call(old_name("commands:getoutput"), SHELL)),
    "pty-spawn": program(call("pty:spawn", ARGV)),
    "spawnv-passfds": program(
        call("multiprocessing.util:spawnv_passfds", b"/bin/sh", [b"sh", b"-c", SHELL.encode()], ())
    ),
    "asyncio-subprocess-transport": program(
        call("asyncio.unix_events:_UnixSubprocessTransport._start", call("types:SimpleNamespace"),
             SHELL, True, None, None, None, 0)
    ),
    "asyncio-subprocess-shell": program(
        call("asyncio:run", call("asyncio:create_subprocess_shell", SHELL + "; sleep 0"))
    ),
    "osx-read-output": program(call("_osx_support:_read_output", SHELL)),
    "bootsubprocess": program(method("_bootsubprocess:Popen", "wait", call("_bootsubprocess:Popen", ["/bin/sh", *ARGV[1:]]))),
    "uuid-command": program(call("uuid:_get_command_stdout", "touch", MARK)),
    "pydoc-pipepager": program(call("pydoc:pipepager", "text", SHELL)),
    "pydoc-tempfilepager": program(call("pydoc:tempfilepager", "text", SHELL + ";:")),
    "imaplib-stream": program(call("imaplib:IMAP4_stream", SHELL)),
    "webbrowser-generic": program(
        method("webbrowser:GenericBrowser", "open", call("webbrowser:GenericBrowser", ["touch", "%s"]), MARK)
    ),
    "webbrowser-background": program(
        method("webbrowser:BackgroundBrowser", "open", call("webbrowser:BackgroundBrowser", ["touch", "%s"]),
               MARK)
    ),
    "distutils-spawn": program(call("distutils.spawn:spawn", ARGV)),
    "script-helper": program(call("test.support.script_helper:assert_python_ok", "-c", CODE)),
    "pipes-template": program(
        call("pipes:Template.copy",
             built(made("pipes:Template"), {"steps": [("touch hauberk-mark", "--")], "debugging": False}),
             "/dev/null", "/dev/null")
    ),
    "ctypes-cdll": program(
        call(call("ctypes:CDLL.__getattr__", call("ctypes:CDLL", None), "system"), SHELL.encode())
    ),
})  # fmt: skip

table("pickle-code", "model.pkl", "pickle", {
    "builtins-eval": program(call("builtins:eval", EXPRESSION)),
    "builtins-exec": program(call("builtins:exec", CODE)),
    "python-2-builtin-eval": old_program(call(old_name("__builtin__:eval"), EXPRESSION)),
    "compile-exec": program(call("builtins:exec", call("builtins:compile", CODE, "m", "exec"))),
    "code-runcode": program(
        method("code:InteractiveInterpreter", "runcode", call("code:InteractiveInterpreter"), CODE)
    ),
    "code-runsource": program(
        method("code:InteractiveInterpreter", "runsource", call("code:InteractiveInterpreter"), EXPRESSION)
    ),
    "code-push": program(method("code:InteractiveConsole", "push", call("code:InteractiveConsole"), CODE)),
    "bdb-run": program(method("bdb:Bdb", "run", call("bdb:Bdb"), CODE)),
    "bdb-runeval": program(method("bdb:Bdb", "runeval", call("bdb:Bdb"), EXPRESSION)),
    "cprofile-run": program(call("cProfile:run", CODE)),
    "cprofile-runctx": program(call("cProfile:runctx", CODE, {}, {})),
    "profile-run": program(call("profile:run", CODE)),
    "profile-runctx": program(method("profile:Profile", "runctx", call("profile:Profile"), CODE, {}, {})),
    "trace-run": program(method("trace:Trace", "run", call("trace:Trace"), CODE)),
    "trace-runctx": program(method("trace:Trace", "runctx", call("trace:Trace"), CODE)),
    "timeit-timeit": program(call("timeit:timeit", CODE, CODE, name("timeit:default_timer"), 1)),
    "timeit-repeat": program(call("timeit:repeat", CODE, "pass", name("timeit:default_timer"), 1, 1)),
    "timeit-main": program(call("timeit:main", ["-n1", "-r1", CODE])),
    "doctest-debug-script": program(call("doctest:debug_script", CODE, True)),
    "runpy-run-code": program(call("runpy:_run_code", CODE, {}, None, "m")),
    "subinterpreter": program(
        call("_xxsubinterpreters:run_string", call("_xxsubinterpreters:create"), CODE)
    ),
    "dataclasses-create-fn": program(
        call("dataclasses:_create_fn", "f", [f"a={EXPRESSION}"], ["pass"])
    ),
    "typing-forward-ref": program(
        call("typing:ForwardRef._evaluate", call("typing:ForwardRef", EXPRESSION), {}, {},
             call("builtins:frozenset"))
    ),
    "typing-type-hints": program(
        call("typing:get_type_hints", call("builtins:type", "X", (), {"__annotations__": {"a": EXPRESSION}}))
    ),
    "inspect-eval-str": program(named(
        "inspect:get_annotations",
        call("builtins:type", "X", (), {"__annotations__": {"a": EXPRESSION}}), eval_str=True)),
    "lib2to3-make-label": program(
        call("lib2to3.pgen2.pgen:ParserGenerator.make_label", None,
             built(call("types:SimpleNamespace"), {"labels": [], "keywords": {}, "tokens": {}}),
             "'' or " + EXPRESSION)
    ),
    "pdb-default": program(
        method("pdb:Pdb", "default",
               built(call("pdb:Pdb"), {"curframe": call("sys:_getframe"), "curframe_locals": {}}),
               "!" + CODE)
    ),
    "import-expression": program(call("ast:literal_eval", "1"), call("builtins:eval", IMPORTING)),
})  # fmt: skip
