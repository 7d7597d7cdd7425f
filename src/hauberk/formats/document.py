"""Settings of AI systems, whatever their syntax: what in them a loader would import, call or render.

Source: Hydra, "Instantiating objects"; transformers, "Custom models"; jsonpickle, `tags.py`;
PEFT, `auto.py`; diffusers, `pipeline_utils.py`; MONAI, "Configuration expression";
LangChain, `load/serializable.py`; sentence-transformers, `util.py`, `import_from_string`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hauberk.core.errors import OverBudget
from hauberk.core.statement import Json
from hauberk.formats.text import TextDocument

# Values of one document that are looked at; the largest vocabularies have 300,000.
MAX_VALUES = 3_000_000
# Characters of a name or path that a view keeps.
MAX_NAME = 300
# Keys whose text names something that a framework imports and calls.
TARGET_KEYS = frozenset(
    {
        "_target_", "_component_", "class_path", "__target__", "_target", "py/object", "py/type",
        "py/function", "py/class", "py/reduce", "py/repr", "py/ref", "py/mod", "py/module", "parent_library",
        "megatron_core", "python_class", "loader_module", "class_name_or_path", "callable_path",
        "sbert_ce_default_activation_function", "import_path", "_call_", "_class_path_",
    }
)  # fmt: skip
# Keys that name code in some frameworks and anything at all in others: only full names count.
MAYBE_KEYS = frozenset(
    {
        "target", "type", "class", "_class", "func", "function", "callable", "factory", "fn", "impl", "cls",
        "activation_function", "activation_fn", "module", "entry_point", "entrypoint",
        "constructor", "component", "provider", "handler", "loader", "builder", "object", "_fn_", "__class__",
    }
)  # fmt: skip
# Keys of Jinja templates that transformers and LangChain render.
TEMPLATE_KEYS = frozenset({"chat_template", "default_chat_template", "custom_chat_template"})


@dataclass(frozen=True, slots=True)
class Target:
    """A name that a framework imports and calls; `arguments` are the texts that it is given.

    `is_certain` says that the key names code in every framework that knows it.
    """

    path: str
    key: str
    name: str
    arguments: tuple[str, ...] = ()
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class CodeReference:
    """Code that the settings ask a loader to take from a repository; `kind` is the key that asks."""

    path: str
    kind: str
    name: str

    @property
    def repository(self) -> str:
        """The other repository that the code comes from; empty if it is this one."""
        return self.name.partition("--")[0] if "--" in self.name else ""


@dataclass(frozen=True, kw_only=True)
class Document(TextDocument):
    """Settings: their text, and everything in them that leads to code.

    `expressions` are texts that a framework evaluates, with their paths.
    """

    targets: tuple[Target, ...] = ()
    references: tuple[CodeReference, ...] = ()
    expressions: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Facts:
    """What one walk over a document has met."""

    targets: list[Target] = field(default_factory=list)
    references: list[CodeReference] = field(default_factory=list)
    expressions: list[tuple[str, str]] = field(default_factory=list)
    templates: list[tuple[str, str]] = field(default_factory=list)


def facts(value: Json, name: str) -> Facts:
    """Everything in the value that leads to code. Raises OverBudget past `MAX_VALUES` values."""
    found = Facts()
    todo: list[tuple[str, Json]] = [("", value)]
    count = 0
    while todo:
        path, each = todo.pop()
        count += 1
        if count > MAX_VALUES:
            raise OverBudget(f"holds more than {MAX_VALUES} values")
        if isinstance(each, dict):
            _look(path, each, found)
            todo += [
                (f"{path}.{key[:60]}".lstrip("."), inner)
                for key, inner in each.items()
                if isinstance(inner, dict | list) or _is_expression(inner)
            ]
        elif isinstance(each, list):
            todo += [
                (path, inner) for inner in each if isinstance(inner, dict | list) or _is_expression(inner)
            ]
        elif isinstance(each, str):
            found.expressions.append((path, each))
    found.references += _listed(value, name)
    return found


def _is_expression(value: Json) -> bool:
    # MONAI evaluates texts that begin with a dollar sign; `${...}` is interpolation, `$1` a group.
    return (
        isinstance(value, str)
        and value[:1] == "$"
        and ("(" in value or "import" in value)
        and value[1:2] != "{"
    )


def _look(path: str, each: dict[str, Json], found: Facts) -> None:
    for key in TARGET_KEYS & each.keys():
        found.targets += _targets(path, key, each, True)
    for key in MAYBE_KEYS & each.keys():
        found.targets += _targets(path, key, each, False)
    for key in TEMPLATE_KEYS & each.keys():
        found.templates += _templates(f"{path}.{key}".lstrip("."), each[key])
    if each.get("template_format") == "jinja2" and isinstance(each.get("template"), str):
        found.templates += _templates(f"{path}.template".lstrip("."), each["template"])
    if each.get("lc") and each.get("type") == "constructor" and isinstance(each.get("id"), list):
        parts = each["id"]
        name = ".".join(str(part)[:MAX_NAME] for part in parts) if isinstance(parts, list) else ""
        found.targets.append(Target(path, "lc", name[:MAX_NAME], (), True))
    if isinstance(pair := each.get("auto_mapping"), dict) and isinstance(pair.get("parent_library"), str):
        name = f"{pair['parent_library']}.{pair.get('base_model_class')}"
        found.targets.append(Target(f"{path}.auto_mapping".lstrip("."), "auto_mapping", name[:MAX_NAME]))
    found.references += _references(path, each)


def _targets(path: str, key: str, each: dict[str, Json], is_certain: bool) -> Iterator[Target]:
    value = each[key]
    if isinstance(value, dict):
        return
    names = value if isinstance(value, list) else [value]
    arguments = tuple(_texts([inner for other, inner in each.items() if other != key]))
    for name in names[:100]:
        if isinstance(name, str) and (is_certain or "." in name):
            yield Target(path, key, name[:MAX_NAME], arguments, is_certain)
        elif isinstance(name, dict) and isinstance(
            inner := name.get("py/type", name.get("py/function")), str
        ):
            yield Target(path, key, inner[:MAX_NAME], arguments, is_certain)


def _texts(values: list[Json]) -> Iterator[str]:
    """Texts of the values and of the lists and objects in them, one level down; at most 50."""
    count = 0
    for value in values:
        inner = (
            [*value.values()] if isinstance(value, dict) else value if isinstance(value, list) else [value]
        )
        for each in inner:
            if isinstance(each, str):
                count += 1
                yield each[:MAX_NAME]
            if count >= 50:
                return


def _templates(path: str, value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, each in value.items():
            if isinstance(each, str):
                yield f"{path}.{key[:60]}", each
    elif isinstance(value, list):
        for index, each in enumerate(value):
            if isinstance(each, dict) and isinstance(each.get("template"), str):
                yield f"{path}[{index}]", str(each["template"])
            elif isinstance(each, str):
                yield f"{path}[{index}]", each


def _references(path: str, each: dict[str, Json]) -> Iterator[CodeReference]:
    if isinstance(classes := each.get("auto_map"), dict):
        for key, value in classes.items():
            for name in value if isinstance(value, list) else [value]:
                if isinstance(name, str):
                    yield CodeReference(path, f"auto_map.{key[:60]}", name[:MAX_NAME])
    if isinstance(pipelines := each.get("custom_pipelines"), dict):
        for pipeline in pipelines.values():
            if isinstance(pipeline, dict) and isinstance(name := pipeline.get("impl"), str):
                yield CodeReference(path, "custom_pipelines", name[:MAX_NAME])
    if each.get("trust_remote_code") is True:
        yield CodeReference(path, "trust_remote_code", "true")
    for key in ("attn_implementation", "_attn_implementation", "_attn_implementation_internal"):
        if isinstance(kernel := each.get(key), str) and "/" in kernel:
            yield CodeReference(path, "attn_implementation", f"{kernel[:MAX_NAME]}--kernel")


def _listed(value: Json, name: str) -> Iterator[CodeReference]:
    """What the lists of modules and components of whole repositories name."""
    if name == "modules.json" and isinstance(value, list):
        for each in value:
            if isinstance(each, dict) and isinstance(kind := each.get("type"), str):
                yield CodeReference("", "module", kind[:MAX_NAME])
    if (
        name == "router_config.json"
        and isinstance(value, dict)
        and isinstance(types := value.get("types"), dict)
    ):
        for kind in types.values():
            yield CodeReference("types", "module", str(kind)[:MAX_NAME])
    if name == "model_index.json" and isinstance(value, dict):
        for key, each in value.items():
            if isinstance(each, list) and len(each) == 2 and all(isinstance(part, str) for part in each):
                yield CodeReference(key[:60], "component", f"{each[0]}.{each[1]}"[:MAX_NAME])
