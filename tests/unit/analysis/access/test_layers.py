"""All layers together, against the evaluator that puts them together in its own way."""

from random import Random
from typing import Any

import pytest

from hauberk.analysis.access.layers import Guarded, Principal, can, is_public, reached_from_outside, who_can
from hauberk.analysis.access.questions import Limits, fates, no_broader
from hauberk.formats.iam_policy import IamPolicy
from tests import access_evaluator as evaluator
from tests import access_policies as policies

ONE, TWO = "111111111111", "222222222222"
BUCKET = "arn:aws:s3:::b/a/x"


def written(*statements: dict[str, Any]) -> policies.Written:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def policy(*statements: dict[str, Any]) -> IamPolicy:
    return policies.read(written(*statements))


def allow(action: str = "*", resource: str = "*", **rest: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **rest}


@pytest.mark.parametrize("seed", range(3))
def test_layers_agree_with_the_evaluator(seed: int) -> None:
    random = Random(seed)
    answers = set()
    for _ in range(120):
        made = _layers(random)
        who, what = _engine(made)
        action = random.choice(policies.ASKED_ACTIONS)
        answer = can(who, action, what)
        assert answer.holds is not None, (answer.words, made, action)
        answers.add(answer.holds)
        if answer.witness is not None:
            assert _passes(made, policies.as_written(answer.witness)), (made, answer.witness)
            continue
        for _ in range(30):
            asked = policies.request(random)
            asked |= {"action": action, "resource": made["arn"], "principal": f"AWS:{made['who']}"}
            asked["context"] = {**asked["context"]}
            if ":role/" in made["who"]:
                asked["context"].pop("aws:username", None)
            else:
                asked["context"]["aws:username"] = ["y"]
            assert not _passes(made, asked), (made, asked)
    assert answers == {True, False}


def _layers(random: Random) -> dict[str, Any]:
    def maybe(chance: float, of_resource: bool = False) -> policies.Written | None:
        return policies.policy(random, of_resource) if random.random() < chance else None

    return {
        "who": random.choice([f"arn:aws:iam::{ONE}:role/x", f"arn:aws:iam::{TWO}:user/y"]),
        "own": [policies.policy(random, of_resource=False) for _ in range(random.randint(0, 2))],
        "boundary": maybe(0.3),
        "session": maybe(0.2),
        "controls": [
            [policies.policy(random, of_resource=False)] for _ in range(random.choice([0, 0, 1, 2]))
        ],
        "arn": random.choice(policies.ASKED_RESOURCES),
        "account": random.choice([ONE, TWO]),
        "resource": maybe(0.7, of_resource=True),
        "always": random.random() < 0.2,
    }


def _engine(made: dict[str, Any]) -> tuple[Principal, Guarded]:
    def read(each: policies.Written | None) -> IamPolicy | None:
        return None if each is None else policies.read(each)

    own = tuple(policies.read(each) for each in made["own"])
    controls = tuple(tuple(policies.read(one) for one in level) for level in made["controls"])
    who = Principal(made["who"], own, read(made["boundary"]), read(made["session"]), controls)
    return who, Guarded(made["arn"], made["account"], read(made["resource"]), always_asked=made["always"])


def _passes(made: dict[str, Any], asked: policies.Written) -> bool:
    limits = [each for each in (made["boundary"], made["session"]) if each is not None]
    layers = [*made["own"], *limits, *(one for level in made["controls"] for one in level)]
    if made["resource"] is not None:
        layers.append(made["resource"])
    if any(evaluator.is_denied(each, asked) for each in layers):
        return False
    if not all(_any_allows(level, asked) for level in made["controls"]):
        return False
    bounded = all(_any_allows([each], asked) for each in limits)
    own = _any_allows(made["own"], asked) and bounded
    resource = made["resource"] is not None and _any_allows([made["resource"]], asked)
    if made["who"].split(":")[4] != made["account"]:
        return own and resource
    if own and (resource or not made["always"]):
        return True
    return _directly(made["resource"], asked) and (bounded or ":user/" in made["who"])


def _any_allows(several: list[policies.Written], asked: policies.Written) -> bool:
    return any(
        one["Effect"] == "Allow" and evaluator.applies(one, asked, each)
        for each in several
        for one in each["Statement"]
    )


def _directly(resource: policies.Written | None, asked: policies.Written) -> bool:
    """An allow that names the principal itself or everybody, and not its whole account."""
    for each in (resource or {"Statement": []})["Statement"]:
        if each["Effect"] != "Allow" or not evaluator.applies(each, asked, resource or {}):
            continue
        named = each.get("Principal", "*")
        if named == "*" or not all(
            kind == "AWS" and (name.isdigit() or name.endswith(":root"))
            for kind, names in named.items()
            for name in evaluator.as_list(names)
        ):
            return True
    return False


def test_everybody_is_public_unless_a_condition_only_members_meet() -> None:
    everybody = allow("s3:GetObject", Principal="*")
    assert is_public(policy(everybody)).holds is True
    assert is_public(policy({**everybody, "Principal": {"AWS": TWO}})).holds is False
    members = {**everybody, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}
    assert is_public(policy(members)).holds is False
    assert reached_from_outside(policy(members), [ONE]).holds is True
    assert reached_from_outside(policy(members), [ONE], organisation="o-1").holds is False


def test_outside_is_every_account_but_those_named() -> None:
    shared = policy(allow("s3:GetObject", Principal={"AWS": [ONE, TWO]}))
    assert reached_from_outside(shared, [ONE, TWO]).holds is False
    answer = reached_from_outside(shared, [ONE])
    assert answer.witness is not None
    assert f"::{TWO}:" in answer.witness.principal


def test_of_two_roles_one_can() -> None:
    reader = Principal(f"arn:aws:iam::{ONE}:role/reader", (policy(allow("s3:Get*")),))
    writer = Principal(f"arn:aws:iam::{ONE}:role/writer", (policy(allow("s3:Put*")),))
    found = list(who_can([reader, writer], "s3:PutObject", Guarded(BUCKET, ONE)))
    assert [each.arn for each, _ in found] == [writer.arn]


def test_a_key_without_a_word_for_the_account_is_closed() -> None:
    admin = Principal(f"arn:aws:iam::{ONE}:role/admin", (policy(allow()),))
    key = f"arn:aws:kms:eu-west-1:{ONE}:key/1"
    closed = policy(allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ONE}:role/other"}))
    opened = policy(allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ONE}:root"}))
    assert can(admin, "kms:Decrypt", Guarded(key, ONE, closed, always_asked=True)).holds is False
    assert can(admin, "kms:Decrypt", Guarded(key, ONE, opened, always_asked=True)).holds is True


def test_a_boundary_limits_what_is_allowed() -> None:
    who = Principal(f"arn:aws:iam::{ONE}:role/x", (policy(allow()),), policy(allow("s3:Get*")))
    assert can(who, "s3:GetObject", Guarded(BUCKET, ONE)).holds is True
    assert can(who, "s3:PutObject", Guarded(BUCKET, ONE)).holds is False


def test_what_becomes_of_statements() -> None:
    never = {
        "Effect": "Deny",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Bool": {"s3:x-amz-acl": "public-read"}},
    }
    denied = {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}
    one = policy(allow("s3:*"), allow("s3:GetObject"), allow("sqs:SendMessage"), denied, never)
    assert [answer.words for _, answer in fates(one)] == [
        "works", "redundant", "denied", "works", "impossible",
    ]  # fmt: skip


def test_an_unknown_operator_is_undecided_and_not_guessed() -> None:
    odd = policy(allow(Condition={"StringAlmostEquals": {"aws:username": "a"}}))
    answer = no_broader([odd], [policy(allow("s3:*"))])
    assert answer.holds is None
    assert "StringAlmostEquals" in answer.words


def test_actions_newer_than_the_table_are_not_overlooked() -> None:
    newer = policy(allow("s3:FoldObject"))
    assert no_broader([newer], [policy(allow("s3:Get*"))]).holds is False
    assert no_broader([newer], [policy(allow("s3:*"))]).holds is True


def test_limits_narrow_the_question() -> None:
    one, other = policy(allow("s3:*")), policy(allow("s3:Get*"))
    assert no_broader([one], [other]).holds is False
    assert no_broader([one], [other], Limits(actions=("s3:GetObject",))).holds is True
