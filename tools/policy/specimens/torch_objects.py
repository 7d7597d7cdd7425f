"""torch: every nn, optim and lr_scheduler class, saved whole and as a state_dict."""

# ruff: noqa: E501  # tables, which read better wide
from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from . import Specimen, attempt

TORCH = ("torch", "torch-old", "pickle")
# Arguments to try in turn for a module class.
TRIES: tuple[tuple[Any, ...], ...] = (
    (), (4,), (4, 4), (4, 4, 2), (2, 4, 4), (8, 2), ((4,),), (4, 4, 4, 1), (2, 2, 2), (nn.ReLU(),), (0.5,),
    (nn.Linear(2, 2), nn.ReLU()), (nn.Conv1d(2, 2, 1), nn.ReLU()), (nn.Conv2d(2, 2, 1), nn.ReLU()),
    (nn.Conv3d(2, 2, 1), nn.ReLU()), (nn.BatchNorm2d(2), nn.ReLU()), (nn.BatchNorm3d(2), nn.ReLU()),
    (nn.Conv1d(2, 2, 1), nn.BatchNorm1d(2)), (nn.Conv2d(2, 2, 1), nn.BatchNorm2d(2)),
    (nn.Conv3d(2, 2, 1), nn.BatchNorm3d(2)), (nn.Linear(2, 2), nn.BatchNorm1d(2)),
    (nn.Conv1d(2, 2, 1), nn.BatchNorm1d(2), nn.ReLU()), (nn.Conv2d(2, 2, 1), nn.BatchNorm2d(2), nn.ReLU()),
    (nn.Conv3d(2, 2, 1), nn.BatchNorm3d(2), nn.ReLU()), (nn.Linear(2, 2), nn.LeakyReLU()),
    (nn.Linear(2, 2), nn.Tanh()), (nn.Conv2d(2, 2, 1), torch.add), (nn.Conv2d(2, 2, 1), torch.add, nn.ReLU()),
    ("LSTM", 2, 2),
)  # fmt: skip


def specimens() -> Iterator[Specimen]:
    """What users of torch save."""
    yield from _modules()
    yield from _optimisers()
    yield from _tensors()
    yield from _checkpoints()
    yield from _others()


def _modules() -> Iterator[Specimen]:
    for place in ("", "quantized", "quantizable", "intrinsic", "qat"):
        where = getattr(torch.ao.nn, place, None) if place else nn
        for name, kind in sorted(vars(where).items() if where else ()):
            if isinstance(kind, type) and issubclass(kind, nn.Module):
                title = f"nn_{place}{name}"
                # Elsewhere than in zip, packed weights (a pybind object) end the interpreter.
                ways = ("torch",) if place == "quantized" else TORCH
                yield from attempt(title, lambda k=kind: _made(k), *ways)
                yield from attempt(
                    f"{title}_state", lambda k=kind: _made(k).state_dict(), "torch", "torch-old"
                )
    yield from attempt("nn_parametrized", _parametrized)


def _made(kind: type[Any]) -> Any:
    special = {
        "Sequential": lambda: nn.Sequential(nn.Linear(2, 2), nn.ReLU()),
        "ModuleList": lambda: nn.ModuleList([nn.Linear(2, 2)]),
        "ModuleDict": lambda: nn.ModuleDict({"a": nn.Linear(2, 2)}),
        "ParameterList": lambda: nn.ParameterList([nn.Parameter(torch.ones(2))]),
        "ParameterDict": lambda: nn.ParameterDict({"a": nn.Parameter(torch.ones(2))}),
        "TransformerEncoder": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2), 1),
        "TransformerDecoder": lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2), 1),
        "Transformer": lambda: nn.Transformer(4, 2, 1, 1, 8),
        "DataParallel": lambda: nn.DataParallel(nn.Linear(2, 2)),
        "AdaptiveLogSoftmaxWithLoss": lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 8, [3]),
        "Unflatten": lambda: nn.Unflatten(1, (2, 2)),
        "Upsample": lambda: nn.Upsample(scale_factor=2),
        "TripletMarginWithDistanceLoss": lambda: nn.TripletMarginWithDistanceLoss(),
    }
    if kind.__name__ in special and kind.__module__.startswith("torch.nn"):
        return special[kind.__name__]()
    last: Exception = TypeError("no arguments fit")
    more = {"qconfig": torch.ao.quantization.get_default_qat_qconfig()} if "qat" in kind.__module__ else {}
    for arguments in TRIES:
        try:
            return kind(*arguments, **more)
        except Exception as error:
            last = error
    raise last


def _parametrized() -> object:
    model = nn.utils.weight_norm(nn.Linear(3, 3))
    return [model, nn.utils.spectral_norm(nn.Linear(3, 3))]


def _optimisers() -> Iterator[Specimen]:
    for name, kind in sorted(vars(torch.optim).items()):
        if (
            isinstance(kind, type)
            and issubclass(kind, torch.optim.Optimizer)
            and kind is not torch.optim.Optimizer
        ):
            yield from attempt(f"optim_{name}", lambda k=kind: _stepped(k), *TORCH)
            yield from attempt(
                f"optim_{name}_state", lambda k=kind: _stepped(k).state_dict(), "torch", "torch-old"
            )
    for name, kind in sorted(vars(torch.optim.lr_scheduler).items()):
        if isinstance(kind, type) and name[0] != "_" and hasattr(kind, "step"):
            yield from attempt(f"schedule_{name}", lambda k=kind: _schedule(k), *TORCH)
            yield from attempt(f"schedule_{name}_state", lambda k=kind: _schedule(k).state_dict(), "torch")
    yield from attempt("swa", lambda: torch.optim.swa_utils.AveragedModel(nn.Linear(2, 2)), "torch")
    yield from attempt(
        "swa_state", lambda: torch.optim.swa_utils.AveragedModel(nn.Linear(2, 2)).state_dict(), "torch"
    )
    yield from attempt("scaler", lambda: torch.amp.GradScaler("cpu").state_dict(), "torch")


def _stepped(kind: type[Any]) -> Any:
    model = nn.Linear(3, 3, bias=False)
    made = kind(model.parameters(), lr=0.1)
    if "Sparse" not in kind.__name__:
        loss = model(torch.ones(2, 3)).sum()
        loss.backward()
        made.step(lambda: loss)
    return made


def _schedule(kind: type[Any]) -> Any:
    optimiser = torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1, momentum=0.9)
    schedule = torch.optim.lr_scheduler
    tables: dict[str, dict[str, Any]] = {
        "StepLR": {"step_size": 2}, "MultiStepLR": {"milestones": [1, 2]}, "ExponentialLR": {"gamma": 0.9},
        "CosineAnnealingLR": {"T_max": 5}, "CyclicLR": {"base_lr": 0.1, "max_lr": 1.0},
        "OneCycleLR": {"max_lr": 1.0, "total_steps": 10}, "CosineAnnealingWarmRestarts": {"T_0": 3},
        "LambdaLR": {"lr_lambda": abs}, "MultiplicativeLR": {"lr_lambda": abs},
    }  # fmt: skip
    if kind.__name__ == "ChainedScheduler":
        return kind([schedule.ConstantLR(optimiser)])
    if kind.__name__ == "SequentialLR":
        return kind(optimiser, [schedule.ConstantLR(optimiser), schedule.StepLR(optimiser, 2)], [2])
    return kind(optimiser, **tables.get(kind.__name__, {}))


def _tensors() -> Iterator[Specimen]:
    names = sorted(n for n, kind in vars(torch).items() if isinstance(kind, torch.dtype))
    for name in names:
        yield from attempt(f"tensor_{name}", lambda n=name: _tensor(getattr(torch, n)), *TORCH)
    yield from attempt("tensor_sparse", lambda: torch.eye(3).to_sparse(), *TORCH)
    yield from attempt("tensor_csr", lambda: torch.eye(3).to_sparse_csr(), *TORCH)
    yield from attempt("tensor_csc", lambda: torch.eye(3).to_sparse_csc(), *TORCH)
    yield from attempt("tensor_bsr", lambda: torch.eye(4).to_sparse_bsr((2, 2)), *TORCH)
    yield from attempt(
        "tensor_quantized", lambda: torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8), *TORCH
    )
    yield from attempt("tensor_channel", lambda: torch.quantize_per_channel(
        torch.ones(2, 2), torch.ones(2), torch.zeros(2), 0, torch.quint8), *TORCH)  # fmt: skip
    yield from attempt("tensor_view", lambda: [torch.arange(9).view(3, 3).t(), torch.ones(8)[::2]], *TORCH)
    yield from attempt("tensor_grad", lambda: torch.ones(3, requires_grad=True), *TORCH)
    yield from attempt("tensor_conj", lambda: torch.ones(3, dtype=torch.cfloat).conj(), *TORCH)
    yield from attempt("tensor_parameter", lambda: nn.Parameter(torch.ones(2)), *TORCH)
    yield from attempt("tensor_buffer", lambda: nn.Buffer(torch.ones(2)), *TORCH)
    yield from attempt("tensor_meta", lambda: torch.ones(3, device="meta"), *TORCH)
    yield from attempt("tensor_attribute", _with_attribute, *TORCH)
    yield from attempt(
        "tensor_nested", lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]), *TORCH
    )
    yield from attempt("tensor_jagged", lambda: torch.nested.nested_tensor(
        [torch.ones(2), torch.ones(3)], layout=torch.jagged), *TORCH)  # fmt: skip
    yield from attempt("storages", lambda: [torch.ones(2).untyped_storage()], "torch", "torch-old")
    yield from attempt(
        "tensor_fake_types", lambda: [torch.Tensor, torch.nn.Parameter, torch.Size([1, 2])], *TORCH
    )


def _tensor(kind: torch.dtype) -> object:
    try:
        return torch.zeros(3).to(kind)
    except Exception:
        return torch.empty(3, dtype=kind)


def _with_attribute() -> object:
    tensor = torch.ones(2)
    tensor.label = "x"  # type: ignore[attr-defined]
    return tensor


def _checkpoints() -> Iterator[Specimen]:
    model = nn.Sequential(OrderedDict(a=nn.Linear(3, 3), b=nn.LSTM(3, 3), c=nn.MultiheadAttention(4, 2)))
    yield from attempt("checkpoint", lambda: {
        "epoch": 3, "model": model.state_dict(), "rng": torch.get_rng_state(), "loss": torch.tensor(0.5),
        "optimizer": _stepped(torch.optim.AdamW).state_dict(), "args": _namespace(), "best": 0.5}, *TORCH)  # fmt: skip
    yield from attempt("checkpoint_model", lambda: {"model": model, "names": ["a"], "ema": None}, *TORCH)
    yield from attempt("half", lambda: {k: v.half() for k, v in model.state_dict().items()}, *TORCH)
    yield from attempt("bfloat", lambda: {k: v.bfloat16() for k, v in model.state_dict().items()}, *TORCH)


def _namespace() -> object:
    from argparse import Namespace
    from pathlib import PurePosixPath

    return Namespace(lr=0.1, device=torch.device("cpu"), dtype=torch.float16, path=PurePosixPath("a/b"))


def _others() -> Iterator[Specimen]:
    functional = torch.nn.functional
    yield from attempt("functions", lambda: [functional.relu, functional.gelu, torch.tanh, torch.relu, nn.init.ones_,
                                             functional.cross_entropy, torch.sigmoid], *TORCH)  # fmt: skip
    yield from attempt("devices", lambda: [torch.device("cpu"), torch.device("cuda", 0)], *TORCH)
    yield from attempt("dtypes", lambda: [torch.float32, torch.int8, torch.strided, torch.contiguous_format,
                                          torch.per_tensor_affine, torch.channels_last], *TORCH)  # fmt: skip
    yield from attempt("finfo", lambda: [torch.Size([2, 3]), torch.Generator()], *TORCH)
    constraints = torch.distributions
    for name in constraints.__all__:
        kind = getattr(constraints, name)
        if isinstance(kind, type) and issubclass(kind, constraints.Distribution):
            yield from attempt(f"distribution_{name}", lambda k=kind: _distribution(k), *TORCH)
    data = torch.utils.data
    yield from attempt("dataset", lambda: data.TensorDataset(torch.ones(3, 2), torch.ones(3)), *TORCH)
    yield from attempt(
        "subset", lambda: data.random_split(data.TensorDataset(torch.ones(4, 2)), [2, 2]), *TORCH
    )
    yield from attempt("loader", lambda: data.DataLoader(data.TensorDataset(torch.ones(4, 2))), *TORCH)
    yield from attempt("lazy", lambda: nn.Sequential(nn.LazyLinear(3), nn.LazyConv2d(3, 3)), *TORCH)


def _distribution(kind: type[Any]) -> Any:
    ones = torch.ones(2)
    for arguments in (
        (),
        (ones,),
        (ones, ones),
        (ones * 0.5,),
        (ones * 0, ones),
        (torch.ones(2), torch.eye(2)),
    ):
        try:
            inspect.signature(kind).bind(*arguments)
            return kind(*arguments)
        except Exception:
            continue
    raise TypeError("no arguments fit")
