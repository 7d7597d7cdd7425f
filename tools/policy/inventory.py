"""Every class and function that a library's modules define."""

# ruff: noqa: E501  # tables, which read better wide
from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
import types
import warnings
from collections.abc import Iterator
from typing import Any

# Parts of a module's path that no saved model needs: tests, build tools, compilers, command lines.
SKIPPED_PARTS = {
    "tests", "test", "testing", "_testing", "conftest", "_pytest", "setup", "f2py", "distutils", "_inductor",
    "_dynamo", "_functorch", "functorch", "_prims", "_refs", "_decomp", "_lazy", "_subclasses", "_export", "export",
    "onnx", "testing_utils", "_strobelight", "_vendor", "_libs_tests", "cli", "commands", "__main__", "benchmarks",
    "benchmark", "examples", "sandbox", "datasets", "_higher_order_ops", "_custom_op", "_numpy", "contrib_tests",
    "profiler", "elastic", "launcher", "_tensorboard_vis", "plotting", "_matplotlib", "formats", "util_testing",
    "cpp_extension", "bottleneck", "hub", "package", "_logging", "_vendored", "_distutils", "f2py2e", "pytest_plugin",
    "compiled_autograd", "_awaits", "doc", "_build_utils", "_array_api", "array_api_extra", "array_api_compat",
    "_conversion", "_uarray", "_pep440", "_dispatch", "custom_graphs", "rpc", "pipelining", "tensorboard",
    "hipify", "model_dump", "jit", "fx", "sparsity", "_shape_functions", "torch_version", "linear_model_tests",
    "_precompute", "plots", "plotly", "matplotlib", "server", "app", "notebook_utils", "integrations", "_dashboard",
}  # fmt: skip

# Of these libraries only the modules whose path holds one of the words are read.
ONLY = {
    "transformers": ("modeling_", "configuration_", "training_args", "trainer_utils", "generation.configuration",
                     "tokenization_utils", "activations", "pytorch_utils", "optimization", "data.data_collator",
                     "cache_utils", "feature_extraction", "image_processing_utils", "debug_utils",
                     "utils.generic", "utils.quantization_config", "trainer_pt_utils", "modelcard"),
    "torch": ("torch.nn", "torch.optim", "torch.distributions", "torch.utils.data", "torch.ao.nn", "torch._utils",
              "torch._tensor", "torch.storage", "torch.amp", "torch.cuda.amp", "torch.ao.quantization",
              "torch.nested._internal.nested_tensor", "torch.random", "torch.serialization", "torch._C", "torch.types",
              "torch.functional", "torch.distributed.fsdp.api", "torch.distributed._shard", "torch.return_types",
              "torch.distributed.tensor", "torch.distributed.checkpoint.metadata", "torch.quantization",
              "torch.utils.checkpoint", "torch.linalg", "torch.fft", "torch.special", "torch._jit_internal"),
    "jax": ("jax._src.array", "jax.numpy"), "keras": (), "jaxlib": (), "joblib": (), "dill": (),
    "cloudpickle": (), "numba": (), "huggingface_hub": (), "accelerate": (), "threadpoolctl": (), "sympy": ("sympy.core", "sympy.functions"),
    "spacy": (), "sktime": ("sktime.forecasting", "sktime.transformations", "sktime.base", "sktime.classification"),
}  # fmt: skip


def modules(library: str) -> Iterator[types.ModuleType]:
    """The library's modules, imported; those that cannot be are left out."""
    only = ONLY.get(library)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        top = importlib.import_module(library)
        yield top
        for found in pkgutil.walk_packages(
            getattr(top, "__path__", []), library + ".", onerror=lambda _: None
        ):
            if not _is_wanted(found.name, only):
                continue
            try:
                yield importlib.import_module(found.name)
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise


def _is_wanted(name: str, only: tuple[str, ...] | None) -> bool:
    if SKIPPED_PARTS & set(name.split(".")) or ".test_" in name:
        return False
    return only is None or any(word in name for word in only)


# A ufunc does not know its module; pickle writes the first imported module that has it.
UFUNC_MODULES = {
    "numpy", "numpy._core", "numpy._core.umath", "numpy._core._multiarray_umath", "numpy.core.umath",
    "numpy.core._multiarray_umath", "scipy.special", "scipy.special._ufuncs", "scipy.special._special_ufuncs",
}  # fmt: skip


def definitions(library: str) -> Iterator[tuple[str, str, Any]]:
    """(module, name, object) for each class and function that a module defines itself."""
    done: set[str] = set()
    for module in [*modules(library), *_loaded(library)]:
        if not isinstance(module, types.ModuleType):  # some libraries put objects in a module's place
            continue
        if module.__name__ in done or (SKIPPED_PARTS & set(module.__name__.split("."))):
            continue
        done.add(module.__name__)
        for name, target in sorted(vars(module).items(), key=lambda item: item[0]):
            if name.startswith("__") or not (inspect.isclass(target) or callable(target)):
                continue
            if _is_own(module.__name__, name, target):
                yield module.__name__, name, target


def _is_own(module: str, name: str, target: Any) -> bool:
    if type(target).__name__ == "ufunc":
        return module in UFUNC_MODULES
    return getattr(target, "__module__", None) == module and getattr(target, "__qualname__", name) == name


def _loaded(library: str) -> list[types.ModuleType]:
    only = ONLY.get(library)
    found = [m for n, m in sorted(sys.modules.items()) if n.startswith(library + ".") and _is_wanted(n, only)]
    return [m for m in found if isinstance(m, types.ModuleType)]
