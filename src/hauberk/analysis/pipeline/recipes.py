"""What recipes for images say: on what they build, as whom they run, and what they leave inside."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.analysis.pipeline.habits import is_secret_name, is_secret_value
from hauberk.analysis.pipeline.images import Pin, pin_of
from hauberk.formats.dockerfile import Dockerfile, Instruction, Stage

VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}|\$(\w+)")
# Base images that do not run as root unless told to.
UNPRIVILEGED = re.compile(
    r"nonroot|unprivileged|rootless|jupyter/|quay\.io/jupyter/|bitnami/|chainguard/|cgr\.dev/"
)
ROOT = frozenset({"root", "0", "root:root", "0:0"})
KEEPS = re.compile(r"(?:^|/)(?:\.env(?:\.\w+)?|id_(?:rsa|ed25519|ecdsa)|\.aws(?:/.*)?|\.ssh(?:/.*)?"
    r"|\.netrc|\.pypirc|\.npmrc|\.git|\.kube(?:/.*)?"
                   r"|credentials(?:\.json)?|service[-_]account\w*\.json|[\w.-]+\.(?:pem|key|p12|pfx"
                       r"|kdbx))$")  # fmt: skip
PUBLIC = re.compile(r"\.pub$|example|sample|template|cert(?:ificate)?s?\.pem$|ca\w*\.pem$|public", re.I)
OPEN_NOTEBOOK = re.compile(
    r"(?:NotebookApp|ServerApp|IdentityProvider)\.(?:token|password)=(?:''|\"\"|\\?['\"]{2}|(?=[\"'\s,\]]|$))"
)


def bases(recipe: Dockerfile) -> Iterator[tuple[int, str, Pin]]:
    """Images that the recipe builds on or copies from, and how firmly they are named."""
    known = {each.name.lower() for each in recipe.stages if each.name}
    for number, stage in enumerate(recipe.stages):
        foreign = [(stage.line, stage.image)]
        foreign += [(each.line, each.flag("from")) for each in stage.instructions if each.flag("from")]
        for line, image in foreign:
            said = resolved(image, recipe)
            if said.lower() in known or (said.isdigit() and int(said) <= number) or said == "scratch":
                continue
            yield line, said, pin_of(said)


def resolved(image: str, recipe: Dockerfile) -> str:
    """A reference with the arguments of the recipe at their defaults; others stay as they are written."""
    values = dict(recipe.arguments)
    return VARIABLE.sub(lambda found: values.get(found[1] or found[3]) or found[2] or found[0], image)


def final_user(recipe: Dockerfile) -> tuple[int, str] | None:
    """The line and user as which the image runs, where that is root; None where it is not, or is unknown."""
    if not recipe.stages:
        return None
    by_name = {each.name.lower(): each for each in recipe.stages if each.name}
    stage: Stage | None = recipe.stages[-1]
    seen: set[int] = set()
    while stage is not None and stage.line not in seen:
        seen.add(stage.line)
        users = [each for each in stage.instructions if each.keyword == "USER"]
        if users:
            user = users[-1].text.strip()
            return (users[-1].line, user) if user.lower() in ROOT else None
        image = resolved(stage.image, recipe)
        if UNPRIVILEGED.search(image) or "$" in image or image == "scratch":
            return None
        stage = by_name.get(image.lower())
    return recipe.stages[-1].line, ""


def kept_secrets(recipe: Dockerfile) -> Iterator[tuple[int, str]]:
    """Variables and build arguments that put a secret into the image, and files that are secrets."""
    for stage in recipe.stages:
        for each in stage.instructions:
            if each.keyword in ("ENV", "ARG"):
                yield from _set_secrets(each)
            elif each.keyword in ("COPY", "ADD") and not each.flag("from"):
                for word in each.words[:-1]:
                    if KEEPS.search(word) and not PUBLIC.search(word):
                        yield each.line, f"{word[:80]} is copied into the image"


def _set_secrets(each: Instruction) -> Iterator[tuple[int, str]]:
    words = each.words
    pairs = [word.partition("=")[::2] for word in words if "=" in word]
    if each.keyword == "ENV" and len(words) > 1 and "=" not in words[0]:
        pairs = [(words[0], words[1])]
    for name, value in pairs:
        plain = value.strip("\"'")
        if is_secret_name(name) and is_secret_value(plain):
            yield each.line, f"{name[:80]} is set to a text of {len(plain)} characters"
        elif each.keyword == "ENV" and is_secret_name(name) and re.match(r"\$\{?\w+", plain):
            yield each.line, f"{name[:80]} is kept in the image's settings"
    if each.keyword == "ARG" and not pairs and words and is_secret_name(words[0]):
        yield each.line, f"the build argument {words[0][:80]} stays in the image's history"


def remote_additions(recipe: Dockerfile) -> Iterator[tuple[int, str]]:
    """What ADD fetches without a checksum or commit."""
    for stage in recipe.stages:
        for each in stage.instructions:
            if each.keyword == "ADD" and not each.flag("checksum"):
                for word in each.words[:-1]:
                    is_commit = re.search(r"#[0-9a-f]{40}", word)
                    if re.match(r"(?:https?|ftp)://|git@|git://", word) and not is_commit:
                        yield each.line, word[:150]


def whole_context(recipe: Dockerfile) -> Iterator[Instruction]:
    """Copies of everything in the folder of the build into the final image."""
    for stage in recipe.stages[-1:]:
        for each in stage.instructions:
            is_own = each.keyword in ("COPY", "ADD") and not each.flag("from")
            if is_own and any(word in (".", "./", "*", "./*") for word in each.words[:-1]):
                yield each


def exposed_logins(recipe: Dockerfile) -> Iterator[tuple[int, str]]:
    """Ports of remote logins that the image offers."""
    for stage in recipe.stages:
        for each in stage.instructions:
            if each.keyword == "EXPOSE":
                for word in each.words:
                    if word.partition("/")[0] in ("22", "23", "2375", "3389"):
                        yield each.line, word


def open_notebooks(recipe: Dockerfile) -> Iterator[tuple[int, str]]:
    """Notebook servers that start without a token or password."""
    for stage in recipe.stages:
        for each in stage.instructions:
            if each.keyword in ("CMD", "ENTRYPOINT", "RUN") and (found := OPEN_NOTEBOOK.search(each.text)):
                yield each.line, found[0]
