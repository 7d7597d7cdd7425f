from dataclasses import fields
from pathlib import Path

from hauberk.gate.policy import demands
from hauberk.gate.policy.kind import key_of
from hauberk.gate.policy.read import read_policy

PAGE = Path(__file__).parents[4] / "docs/gate.md"
MODELS = [
    each for each in vars(demands).values() if isinstance(each, type) and each.__module__ == demands.__name__
]


def test_every_key_of_a_policy_is_explained() -> None:
    text = PAGE.read_text()
    keys = {key_of(each) for model in MODELS for each in fields(model) if "meaning" in each.metadata}
    assert len(keys) > 40
    assert not [key for key in keys if f"`{key}`" not in text and f"{key}:" not in text]


def test_the_policy_of_the_page_is_read() -> None:
    _, _, rest = PAGE.read_text().partition("```yaml\n")
    assert set(read_policy(rest.partition("```")[0].encode(), "p.yaml").environments) == {
        "development",
        "production",
    }
