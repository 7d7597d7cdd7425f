"""GitLab CI: jobs after `extends`, `default`, `!reference` and stages.

What `include` brings is not seen here: `outside` says so, and jobs that extend it are not known.
Source: GitLab documentation, "CI/CD YAML syntax reference".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.formats.lined_yaml import (
    Mapping,
    Node,
    Pair,
    Scalar,
    Sequence,
    items_of,
    pairs_of,
    scalars_of,
    text_of,
)
from hauberk.formats.pipeline.pipeline import Job, Pipeline, Platform, Said, Setting, Step
from hauberk.formats.pipeline.script import script_of

# Keys of the top level that are no jobs.
KEYWORDS = frozenset(
    {"stages", "types", "variables", "include", "default", "workflow", "image", "services", "before_script",
     "after_script", "cache", "spec", "true", "false"}
)  # fmt: skip
DEFAULTS = ("image", "services", "before_script", "after_script", "cache", "artifacts", "tags", "id_tokens")
STAGES = ("build", "test", "deploy")
# Levels of `extends`: GitLab's own limit.
MAX_EXTENDS = 11
Known = dict[str, tuple[Mapping, bool]]
# Jobs of one file that are read; GitLab's own limit for a pipeline is lower.
MAX_JOBS = 500
FALSE = frozenset({"false", "no", "off", "never", ""})
# A rule that lets the job run on one branch, tag or event says one of these.
LIMITS = re.compile(
    r"CI_COMMIT_(?:REF|BRANCH|TAG)|CI_DEFAULT_BRANCH|CI_PIPELINE_SOURCE|CI_MERGE_REQUEST|CI_ENV"
)


def read_gitlab(locator: str, tree: Mapping) -> Pipeline:
    """The pipeline of one `.gitlab-ci.yml`."""
    own = [
        each for each in tree.pairs
        if each.key not in KEYWORDS and isinstance(each.value, Mapping) and not each.key.startswith(".")
    ]  # fmt: skip
    stages = [text_of(each) for each in items_of(tree.get("stages", "types"))] or list(STAGES)
    order = {name: place for place, name in enumerate([".pre", *stages, ".post"])}
    known: Known = {}
    jobs = tuple(_job(each, tree, order, known) for each in own[:MAX_JOBS])
    return Pipeline(
        locator=locator,
        platform=Platform.GITLAB,
        scripts=tuple(script for job in jobs for script in job.scripts),
        jobs=jobs,
        variables=settings_of(tree.get("variables")),
        outside=tuple(_outside(tree)),
        tree=tree,
    )


def settings_of(node: Node | None) -> tuple[Setting, ...]:
    """Variables; the long form keeps its text under `value`."""
    found = []
    for each in pairs_of(node):
        value = each.value.text("value") if isinstance(each.value, Mapping) else text_of(each.value)
        found.append(Setting(each.key, value, each.line))
    return tuple(found)


def _outside(tree: Mapping) -> Iterator[Said]:
    for each in items_of(tree.get("include")):
        if isinstance(each, Mapping):
            first = next((text_of(pair.value) for pair in each.pairs if text_of(pair.value)), "include")
            yield Said(first, each.line)
        elif isinstance(each, Scalar):
            yield Said(each.text, each.line)


def _job(pair: Pair, tree: Mapping, order: dict[str, int], known: Known) -> Job:
    node, is_known = _extended(pair.key, tree, known)
    # The older places of defaults are the top level itself.
    for key in DEFAULTS:
        default = tree.below("default").pair(key) or tree.pair(key)
        if node.pair(key) is None and default is not None and _inherits(node, key):
            node = Mapping(node.line, node.tag, (*node.pairs, default))
    steps, is_complete = _steps(node, tree, known)
    stage = node.text("stage") or "test"
    return Job(
        name=pair.key,
        line=pair.line,
        stage=order.get(stage, len(order)),
        stage_name=stage,
        image=image_of(node.get("image")),
        services=tuple(image for each in items_of(node.get("services")) if (image := image_of(each))),
        steps=steps,
        needs=_needs(node.get("needs")),
        artifacts=tuple(Said(e.text, e.line) for e in scalars_of(node.below("artifacts").get("paths"))),
        reports=tuple(
            Setting(each.key, path.text, path.line)
            for each in pairs_of(node.below("artifacts").get("reports"))
            for path in scalars_of(each.value)
        ),
        environment=_environment(node.get("environment")),
        runner=tuple(Said(each.text, each.line) for each in scalars_of(node.get("tags"))),
        variables=settings_of(node.get("variables")),
        conditions=tuple(_conditions(node)),
        may_fail=_may_fail(node),
        is_manual=_is_manual(node),
        is_open=_is_open(node, tree),
        is_known=is_known and is_complete,
        skips_needed=node.text("when") == "always",
        node=node,
    )


def _inherits(node: Mapping, key: str) -> bool:
    allowed = node.below("inherit").get("default")
    if isinstance(allowed, Sequence):
        return key in {text_of(each) for each in allowed.items}
    return text_of(allowed) != "false"


def _extended(name: str, tree: Mapping, known: Known) -> tuple[Mapping, bool]:
    """A job with all that it extends, and whether that stands in this file; `known` is what is made."""
    own = tree.get(name)
    if not isinstance(own, Mapping):
        return Mapping(1), False
    if name not in known:
        known[name] = (Mapping(1), False)  # what a circle finds
        made, is_known = Mapping(own.line), own.get("trigger") is None
        for each in items_of(own.get("extends"))[:MAX_EXTENDS]:
            base, is_here = _extended(text_of(each), tree, known) if len(known) < MAX_JOBS else (made, False)
            made, is_known = _merged(made, base), is_known and is_here
        known[name] = (_merged(made, own), is_known)
    return known[name]


def _merged(under: Mapping, over: Mapping, depth: int = 0) -> Mapping:
    """Mappings are merged key by key; all else of `over` replaces what is under it."""
    pairs = {each.key: each for each in under.pairs}
    for each in over.pairs:
        before = pairs.get(each.key)
        if before and isinstance(before.value, Mapping) and isinstance(each.value, Mapping) and depth < 8:
            each = Pair(each.key, _merged(before.value, each.value, depth + 1), each.line)
        pairs[each.key] = each
    return Mapping(over.line, over.tag, tuple(pairs.values()))


def _steps(node: Mapping, tree: Mapping, known: Known) -> tuple[tuple[Step, ...], bool]:
    steps, is_known = [], True
    for key in ("before_script", "script", "after_script"):
        scripts = []
        for each in _resolved(node.get(key), tree, known, 0):
            if isinstance(each, Scalar):
                scripts.append(script_of(each))
            else:
                is_known = False
        if scripts:
            steps.append(Step(scripts[0].line, key, tuple(scripts)))
    return tuple(steps), is_known


def _resolved(node: Node | None, tree: Mapping, known: Known, depth: int) -> Iterator[Node]:
    """Scalars in their order with references replaced; a reference that leads nowhere comes out itself."""
    if isinstance(node, Sequence) and node.tag == "!reference":
        names = [text_of(each) for each in node.items]
        found: Node | None = _extended(names[0], tree, known)[0] if names and depth < MAX_EXTENDS else None
        for name in names[1:]:
            found = found.get(name) if isinstance(found, Mapping) else None
        if found is None:
            yield node
        else:
            yield from _resolved(found, tree, known, depth + 1)
    elif isinstance(node, Sequence):
        for each in node.items if depth < MAX_EXTENDS else ():
            yield from _resolved(each, tree, known, depth + 1)
    elif isinstance(node, Scalar) and not node.is_null:
        yield node


def image_of(node: Node | None) -> Said | None:
    """An image, in the short form or as a mapping with a name."""
    if isinstance(node, Mapping):
        pair = node.pair("name", "image")
        return Said(text_of(pair.value), pair.value.line) if pair and text_of(pair.value) else None
    return Said(text_of(node), node.line) if node is not None and text_of(node) else None


def _needs(node: Node | None) -> tuple[Said, ...] | None:
    if node is None:
        return None
    named = (
        Said(text_of(each.get("job")) if isinstance(each, Mapping) else text_of(each), each.line)
        for each in items_of(node)
    )
    return tuple(each for each in named if each.text)


def _environment(node: Node | None) -> Said | None:
    if isinstance(node, Mapping):
        if node.text("action") not in ("", "start"):
            return None
        return Said(node.text("name") or "environment", node.line)
    return Said(text_of(node), node.line) if node is not None and text_of(node) else None


def _conditions(node: Mapping) -> Iterator[Said]:
    for key in ("rules", "only", "except"):
        for each in scalars_of(node.get(key)):
            yield Said(each.text, each.line)


def _may_fail(node: Mapping) -> int | None:
    """The line of an `allow_failure` that holds for every exit code."""
    pair = node.pair("allow_failure")
    if pair and isinstance(pair.value, Scalar) and pair.value.text.lower() not in FALSE:
        return pair.line
    return None


def _is_manual(node: Mapping) -> bool:
    rules = [each for each in items_of(node.get("rules")) if isinstance(each, Mapping)]
    return node.text("when") == "manual" or (
        bool(rules) and all(each.text("when") in ("manual", "never") for each in rules)
    )


def _is_open(node: Mapping, tree: Mapping) -> bool:
    if _is_manual(node) or node.get("only") is not None or node.get("except") is not None:
        return False
    rules = node.get("rules") or tree.below("workflow").get("rules")
    return not any(LIMITS.search(each.text) for each in scalars_of(rules))
