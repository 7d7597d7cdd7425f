import datetime
import json
import tomllib

import jsonschema
import pytest

from hauberk.core.errors import BadSettings
from hauberk.core.finding import Severity
from hauberk.gate.settings import Settings, read_settings, schema

FULL = """
stop = "high"
exclude = ["vendor/*"]
disable = ["MDL130"]
seconds = 5
hashing = "always"
cache = false
[[paths]]
match = "tests/*"
stop = "critical"
disable = ["MDL001"]
[[accept]]
fingerprint = "0123456789abcdef"
reason = "a fixture"
until = 2030-01-31
"""


def test_everything_that_can_be_set_is_read() -> None:
    settings = read_settings(FULL, "hauberk.toml")
    assert settings.stop is Severity.HIGH
    assert settings.paths[0].stop is Severity.CRITICAL
    assert settings.paths[0].holds_for("tests/a/m.pkl!inner")
    assert settings.accept[0].until == datetime.date(2030, 1, 31)
    assert not settings.cache


def test_pyproject_keeps_them_under_its_tool_table() -> None:
    text = '[project]\nname = "x"\n[tool.hauberk]\nstop = "low"\n'
    assert read_settings(text, "a/pyproject.toml").stop is Severity.LOW
    assert read_settings('[project]\nname = "x"\n', "pyproject.toml") == Settings()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("stop = 3", "stop must be one of"),
        ("stopp = 'low'", "stopp is not a setting"),
        ("seconds = 0", "seconds must be a whole number above 0"),
        ("seconds = true", "seconds must be a whole number"),
        ("cache = 1", "cache must be true or false"),
        ("hashing = 'md5'", "hashing must be one of"),
        ("exclude = 'a'", "exclude must be an array of texts"),
        ("disable = ['x']", "'x' is not a rule id"),
        ("paths = 1", "paths must be an array of tables"),
        ("[[paths]]\nstop = 'low'", "paths[0].match must be a text"),
        ("[[accept]]\nreason = 'r'", "accept[0].until must be a date"),
        ("[[accept]]\nuntil = 2030-01-01", "accept[0].reason must be a text"),
        ("[[accept]]\nuntil = 2030-01-01\nreason = 'r'", "needs a fingerprint, or a rule and a digest"),
        ("[[accept]]\nuntil = 2030-01-01\nreason = 'r'\nfingerprint = 'xyz'", "does not match"),
        ("stop = ", "not TOML"),
    ],
)
def test_wrong_settings_are_named_with_their_key(text: str, complaint: str) -> None:
    with pytest.raises(BadSettings) as raised:
        read_settings(text, "hauberk.toml")
    assert complaint in str(raised.value)


def test_schema_accepts_what_the_reader_accepts() -> None:
    document = json.loads(json.dumps(tomllib.loads(FULL), default=str))
    jsonschema.validate(document, schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"stopp": "low"}, schema())
