"""Names that settings would have a framework import and call: which are dangerous, which are known.

Default deny: what belongs to no library of machine learning is never called known.
"""

from __future__ import annotations

import re

from hauberk.analysis.code.danger import danger
from hauberk.core.finding import Severity
from hauberk.formats.document import Target

# Libraries whose classes stand in honest settings.
KNOWN = frozenset(
    {
        "torch", "torchvision", "torchaudio", "torchtext", "torchtune", "torchmetrics", "torchdata",
        "transformers",
        "diffusers", "peft", "accelerate", "timm", "lightning", "pytorch_lightning", "lightning_fabric",
        "nemo",
        "monai", "numpy", "scipy", "sklearn", "pandas", "keras", "tensorflow", "tf_keras", "jax", "flax",
        "optax",
        "optuna", "hydra", "hydra_plugins", "omegaconf", "sentence_transformers", "datasets", "tokenizers",
        "evaluate", "trl", "ray", "mmengine", "mmcv", "mmdet", "mmseg", "mmpretrain", "detectron2", "fairseq",
        "fairseq2", "espnet", "espnet2", "speechbrain", "stable_baselines3", "gymnasium", "gym", "xgboost",
        "lightgbm", "catboost", "albumentations", "kornia", "einops", "xformers", "bitsandbytes", "deepspeed",
        "ldm", "sgm", "taming", "open_clip", "clip", "onnxruntime", "optimum", "langchain", "langchain_core",
        "langchain_community", "langchain_openai", "langchain_anthropic", "langchain_text_splitters",
        "langgraph",
        "haystack", "haystack_integrations", "llama_index", "autogen_core", "autogen_agentchat",
        "autogen_ext",
        "collections", "pathlib", "datetime", "decimal", "fractions", "uuid", "math", "enum", "dataclasses",
        "mlflow", "wandb", "skorch", "nltk", "spacy", "gensim", "imblearn", "category_encoders", "sktime",
        "statsmodels", "pyro", "gpytorch", "botorch", "dgl", "torch_geometric", "ultralytics",
        "segmentation_models_pytorch",
        "mistral_common", "vllm", "sglang", "flash_attn", "mamba_ssm", "megatron", "apex", "colossalai",
        "composer",
        "llmfoundry", "streaming", "webdataset", "pydantic", "logging", "rich", "loguru", "tqdm", "typing",
        "copy",
        "itertools", "random", "statistics", "string", "re", "fsspec", "huggingface_hub", "safetensors",
        "argparse",
    }
)  # fmt: skip
# Builtins that only make values.
PLAIN = frozenset(
    f"builtins.{each}"
    for each in (
        "dict", "list", "set", "tuple", "frozenset", "int", "float", "str", "bool", "bytes", "bytearray",
        "complex",
        "len", "range", "slice", "sum", "min", "max", "abs", "round", "zip", "enumerate", "sorted",
        "object", "type",
        "divmod", "pow", "any", "all", "reversed", "print", "repr", "hash", "id", "isinstance", "property",
        "super",
    )
)  # fmt: skip
# What fetches the object that an argument names: as dangerous as that.
FETCHERS = frozenset(
    {
        "hydra.utils.get_method", "hydra.utils.get_class", "hydra.utils.get_object",
        "hydra.utils.get_static_method",
        "hydra.utils.call", "hydra.utils.instantiate", "functools.partial", "builtins.map", "builtins.filter",
        "hydra._internal.utils._locate", "pydoc.locate", "operator.methodcaller",
        "torch.multiprocessing.spawn",
        "threading.Thread", "multiprocessing.Process", "concurrent.futures.ThreadPoolExecutor",
    }
)  # fmt: skip
# Modules that settings have no reason to name at all, wherever they are reached from.
MODULES = frozenset({"os", "posix", "nt", "sys", "builtins", "__builtins__", "__builtin__", "importlib",
    "shutil",
                     "pickle", "_pickle", "marshal", "socket", "subprocess", "ctypes", "runpy", "pty",
                     "types",
                     "webbrowser", "signal", "gc", "inspect", "multiprocessing", "threading", "tempfile",
                     "atexit",
                     "asyncio", "imp", "site", "zipimport", "cProfile", "pdb", "code",
                     "operator"})  # fmt: skip
# Of those, what honest settings name.
HARMLESS = ("os.path.", "os.getenv", "os.environ.get", "os.cpu_count", "os.getcwd", "os.sched_getaffinity",
            "types.SimpleNamespace", "types.MappingProxyType", "multiprocessing.cpu_count",
            "operator.itemgetter",
            "operator.mul", "operator.add", "operator.sub", "operator.truediv", "os.PathLike", "operator.eq",
            "operator.lt", "operator.gt", "operator.le", "operator.ge", "operator.floordiv", "sys.maxsize",
            "tempfile.mkdtemp", "tempfile.gettempdir", "sys.float_info", "os.sep",
            "inspect.Parameter")  # fmt: skip
DUNDER = re.compile(r"(?:^|\.)__(?!init__$|main__)\w+__(?:\.|$)")
NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
GRADES = {
    "commands": Severity.CRITICAL,
    "evaluates": Severity.CRITICAL,
    "unpickles": Severity.HIGH,
    "network": Severity.HIGH,
    "reaches": Severity.HIGH,
}


def grade(name: str) -> Severity | None:
    """How bad it is that settings name this; INFO for code nobody knows, None for known libraries."""
    name = name.strip().replace(":", ".").replace("/", ".")
    found = _danger(name)
    if found is not None:
        return found
    if name.startswith(HARMLESS) or name in PLAIN:
        return None
    root, _, rest = name.partition(".")
    if DUNDER.search(name):
        return Severity.HIGH
    if root in MODULES and rest:
        return Severity.HIGH
    return None if root in KNOWN else Severity.INFO


def _danger(name: str) -> Severity | None:
    """The name, or any module that is reached through another (`numpy.os.system`), is dangerous."""
    if kind := danger(name):
        return GRADES[kind]
    parts = name.split(".")
    for start in range(1, len(parts) - 1):
        tail = ".".join(parts[start:])
        if (
            parts[start] in MODULES
            and tail not in PLAIN
            and not tail.startswith(HARMLESS)
            and (kind := danger(tail))
        ):
            return GRADES[kind]
    return None


def judged(target: Target) -> Severity | None:
    """How bad a target of settings is, with what its arguments name."""
    if not NAME.fullmatch(target.name.strip().replace(":", ".").replace("/", ".")):
        # `py/repr` is `module/expression`, which jsonpickle evaluates.
        return Severity.CRITICAL if target.key == "py/repr" else None
    found = grade(target.name)
    if not target.is_certain:
        # Keys of many meanings: only what is named in full, and does harm, counts.
        return found if found is not None and found >= Severity.HIGH and danger_named(target.name) else None
    if target.name in FETCHERS:
        inner = [each for name in target.arguments if "." in name and (each := grade(name)) is not None]
        worst = max(inner, default=Severity.INFO)
        return worst if worst >= Severity.MEDIUM else None
    return found


def danger_named(name: str) -> bool:
    """Whether the whole name is one of the dangerous ones, and no word of another vocabulary."""
    full = name.strip().replace(":", ".")
    return danger(full) in ("commands", "evaluates", "unpickles") and "." in full
