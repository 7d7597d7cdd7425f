"""Percent-encoding against the standard library's."""

from urllib import parse

from hypothesis import given
from hypothesis import strategies as st

from hauberk.core.percent import quote, unquote


@given(st.text(), st.sampled_from(["", ":", "/@"]))
def test_it_is_what_the_standard_library_does(text: str, safe: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert quote(text, safe) == parse.quote(text, safe=safe)
    assert unquote(quote(text, safe)) == text


@given(st.text(alphabet="%0aF9 é+x"))
def test_whatever_was_written_is_read(text: str) -> None:
    assert unquote(text) == parse.unquote(text)
