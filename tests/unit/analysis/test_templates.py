"""Templates: every way to an attribute is followed, and honest templates reach nothing."""

import pytest

from hauberk.analysis.templates.cost import costs
from hauberk.analysis.templates.reach import raw_reaches, reaches

ESCAPES = r"""
{{ cycler.__init__.__globals__.os.popen('id').read() }}
{{ ''['__cla'+'ss__'] }}
{{ ''['\x5f\x5fclass\x5f\x5f'] }}
{{ ''|attr('__cla'~'ss__') }}
{{ ''|attr(['__','class','__']|join) }}
{{ ''|attr('__ssalc__'|reverse) }}
{{ ''|attr('__ssalc__'[::-1]) }}
{{ ''|attr('%sclass%s'|format('__','__')) }}
{{ ''|attr('%c%cclass%c%c'|format(95,95,95,95)) }}
{{ ''[ '%(a)sclass%(a)s'|format(a='__') ] }}
{{ ''|attr('__CLASS__'|lower) }}
{{ ''[ '__CLASS__'|map('lower')|join ] }}
{{ ''['{0}class{0}'.format('__')] }}
{{ ''|attr('xxclassxx'|replace('xx','__')) }}
{{ ''|attr('_'*2 ~ 'class' ~ '_'*2) }}
{{ ''[ 'class'|center(9)|replace(' ','_') ] }}
{% set a='__cla' %}{% set b='ss__' %}{{ ''[a~b] }}
{% set a='__cla' %}{% set a=a~'ss__' %}{{ ''[a] }}
{% set (a,b)=('__cla','ss__') %}{{ ''[a+b] }}
{% set m = {'a':'__cla','b':'ss__'} %}{{ ''[m.a ~ m['b']] }}
{% set ns=namespace(a='__cla') %}{{ ''[ns.a~'ss__'] }}
{% set x %}__class__{% endset %}{{ ''[x] }}
{% with a='__cla', b='ss__' %}{{ ''[a+b] }}{% endwith %}
{% for c in ['__cla'] %}{{ ''[c ~ 'ss__'] }}{% endfor %}
{% macro j(a,b) %}{{ ''[a~b] }}{% endmacro %}{{ j('__cla','ss__') }}
{% macro m(a='__class__') %}{{ ''[a] }}{% endmacro %}
{{ ''[dict(__cla=1,ss__=2)|join] }}
{{ dict(__class__=1)|list|first }}
{{ ''['_'~'_'~messages[0].x~'_'~'_'] }}
{{ [''] | map(attribute='__class__') | list }}
{{ [''] | map('attr','__class__') | list }}
{{ [''] | sort(attribute='__class__.__mro__') | list }}
{{ '{0.__class__}'.format(x) }}
{{ lipsum|attr(messages[0].x) }}
{{ self._TemplateReference__context }}
{{ namespace.__init__ }}
{{ x.gi_frame.f_globals }}
{{ messages|map(f)|list }}
{{ tools.popen('id') }}
{% include 'x' %}
{% filter attr('__class__') %}x{% endfilter %}
{% generation %}{{ x.__class__ }}{% endgeneration %}
""".strip().splitlines()


@pytest.mark.parametrize("text", ESCAPES)
def test_every_way_to_an_attribute_is_followed(text: str) -> None:
    assert reaches(text)


HONEST = r"""
{% set ns = namespace(found=0) %}{% for m in messages[1:] %}{% set ns.found = 1 %}{% endfor %}{{ ns.found }}
{{ messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | list | join(' ') }}
{{ message.content.split('</think>')[-1].lstrip('\n') }}{{ raise_exception('no ' ~ role) }}
{% macro f(x) %}{% for k, v in x.items() %}{{ k ~ '_' ~ v }}{{ f(v) }}{% endfor %}{% endmacro %}{{ f(tools) }}
{{ strftime_now('%d %b %Y') }}{{ tools | tojson(indent=4) }}
{{ loop.index0 }}{{ x is defined and x is not none }}
{% for m in messages %}{% if loop.index0 % 2 == 0 %}{% continue %}{% endif %}{{ m['role'] }}{% endfor %}
{% for key in message.keys() %}{{ message[key] }}{{ message[role + '_content'] }}{% endfor %}
{{ "Write `__init__.py` first" }}{{ '__' + name + '__' }}{{ joiner(', ')() }}{{ range(3) | list }}
{% generation %}{{ message.content | trim }}{% endgeneration %}
{{ 'a' if b else 'c' }}{{ '%s: %d' | format(a, 3) }}
""".strip().splitlines()


@pytest.mark.parametrize("text", HONEST)
def test_honest_templates_reach_nothing_and_cost_nothing(text: str) -> None:
    assert reaches(text) == ()
    assert costs(text) == ()


BOMBS = r"""
{% for i in range(10**9) %}x{% endfor %}
{% set n=1000000000 %}{% for i in range(n) %}x{% endfor %}
{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}
{{ 'a'*10**10 }}
{{ 9**(9**9) }}
{{ '%1000000000d' % 1 }}
{{ '{:1000000000}'.format(1) }}
{{ 'x'|center(1000000000) }}
{{ lipsum(n=1000000000) }}
{{ range(10**9)|sum }}
{% set ns=namespace(s='aa') %}{% for i in range(64) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}
{% for i in range(messages|length * 10**9) %}x{% endfor %}
""".strip().splitlines()


@pytest.mark.parametrize("text", BOMBS)
def test_templates_that_exhaust_their_renderer_are_told(text: str) -> None:
    assert costs(text)


def test_a_text_that_is_no_template_still_shows_its_internals() -> None:
    assert [each.name for each in raw_reaches("{{ x.__class__ {% bad\n{{ y['__globals__'")] == [
        "__class__",
        "__globals__",
    ]
