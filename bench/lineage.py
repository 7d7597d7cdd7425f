"""Which base does a model derive from? Real training, real derivations, seeds that were never looked at.

    python -m bench.lineage [--bases 8] [--steps 400] [--only-last-half]

Small transformers are trained from several seeds on the same text (this repository's own sources),
then fine-tuned, merged, pruned, quantised and permuted. Thresholds were set on the first half of the
seeds; the table is about the second half.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from hauberk.analysis.lineage.fingerprint import Fingerprint, fingerprint, fingerprint_json, read_fingerprint
from hauberk.analysis.lineage.match import match
from hauberk.analysis.lineage.tensors import tensors_of
from hauberk.core.asset import Bytes

LAYERS, WIDTH, HEADS, KV_HEADS, INNER, VOCABULARY = 4, 128, 4, 2, 352, 256
CONTEXT, BATCH = 32, 8  # tokens, texts: small, so that minutes of one core are enough
State = dict[str, Tensor]


class Layer(nn.Module):
    """One layer with grouped queries and a gated feed-forward part, as Llama has it."""

    def __init__(self) -> None:
        super().__init__()
        size = WIDTH // HEADS
        self.input_norm, self.post_norm = nn.RMSNorm(WIDTH), nn.RMSNorm(WIDTH)
        self.self_attn = nn.ModuleDict(
            {
                "q_proj": nn.Linear(WIDTH, WIDTH, bias=False),
                "k_proj": nn.Linear(WIDTH, KV_HEADS * size, bias=False),
                "v_proj": nn.Linear(WIDTH, KV_HEADS * size, bias=False),
                "o_proj": nn.Linear(WIDTH, WIDTH, bias=False),
            }
        )
        self.mlp = nn.ModuleDict(
            {
                "gate_proj": nn.Linear(WIDTH, INNER, bias=False),
                "up_proj": nn.Linear(WIDTH, INNER, bias=False),
                "down_proj": nn.Linear(INNER, WIDTH, bias=False),
            }
        )

    def forward(self, x: Tensor) -> Tensor:
        batch, length, _ = x.shape
        size, normed = WIDTH // HEADS, self.input_norm(x)
        q, k, v = (
            self.self_attn[name](normed).view(batch, length, -1, size).transpose(1, 2)
            for name in ("q_proj", "k_proj", "v_proj")
        )
        k, v = (each.repeat_interleave(HEADS // KV_HEADS, dim=1) for each in (k, v))
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.self_attn["o_proj"](mixed.transpose(1, 2).reshape(batch, length, WIDTH))
        normed = self.post_norm(x)
        gated = functional.silu(self.mlp["gate_proj"](normed)) * self.mlp["up_proj"](normed)
        return x + self.mlp["down_proj"](gated)


class Model(nn.Module):
    """A small language model over bytes, with tied embeddings."""

    def __init__(self) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(VOCABULARY, WIDTH)
        self.positions = nn.Embedding(CONTEXT, WIDTH)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm = nn.RMSNorm(WIDTH)
        nn.init.normal_(self.embed_tokens.weight, std=0.05)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embed_tokens(tokens) + self.positions.weight[: tokens.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return self.norm(x) @ self.embed_tokens.weight.T


def text(part: int) -> Tensor:
    """Half of this repository's own sources, as bytes."""
    files = sorted(Path(__file__).parents[1].glob("src/**/*.py"))[part::2]
    return torch.frombuffer(
        bytearray(b"".join(each.read_bytes() for each in files)), dtype=torch.uint8
    ).long()


def trained(model: Model, corpus: Tensor, steps: int, rate: float, seed: int) -> Model:
    """The model after so many steps of AdamW."""
    chance = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate)
    for _ in range(steps):
        starts = torch.randint(len(corpus) - CONTEXT - 1, (BATCH,), generator=chance)
        batch = torch.stack([corpus[each : each + CONTEXT + 1] for each in starts])
        logits = model(batch[:, :-1])
        loss = functional.cross_entropy(logits.reshape(-1, VOCABULARY), batch[:, 1:].reshape(-1))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


def base(seed: int, steps: int) -> State:
    torch.manual_seed(seed)
    return trained(Model(), text(0), steps, 1e-3, seed).state_dict()


def tuned(state: State, steps: int, rate: float, seed: int) -> State:
    model = Model()
    model.load_state_dict(state)
    return trained(model, text(1), steps, rate, seed + 1000).state_dict()


def matrices(state: State) -> list[str]:
    return [each for each, value in state.items() if value.dim() == 2 and "layers" in each]


def lora(state: State, seed: int) -> State:
    chance = torch.Generator().manual_seed(seed)
    changed = dict(state)
    for name in matrices(state):
        if "q_proj" in name or "v_proj" in name:
            rows, columns = state[name].shape
            down, up = torch.randn(8, columns, generator=chance), torch.randn(rows, 8, generator=chance)
            change = up @ down
            changed[name] = state[name] + change * (0.2 * state[name].norm() / change.norm())
    return changed


def pruned(state: State, share: float) -> State:
    changed = dict(state)
    for name in matrices(state):
        limit = state[name].abs().flatten().kthvalue(int(share * state[name].numel())).values
        changed[name] = torch.where(state[name].abs() <= limit, 0.0, state[name])
    return changed


def quantised(state: State, bits: int) -> State:
    changed = dict(state)
    for name in matrices(state):
        scale = state[name].abs().amax(1, keepdim=True) / (2 ** (bits - 1) - 1)
        changed[name] = (state[name] / scale).round() * scale
    return changed


def merged(one: State, other: State, share: float) -> State:
    return {name: share * one[name] + (1 - share) * other[name] for name in one}


def neurons_permuted(state: State, seed: int) -> State:
    changed, chance = dict(state), torch.Generator().manual_seed(seed)
    for layer in range(LAYERS):
        order = torch.randperm(INNER, generator=chance)
        for name, axis in (("gate_proj", 0), ("up_proj", 0), ("down_proj", 1)):
            key = f"layers.{layer}.mlp.{name}.weight"
            changed[key] = state[key].index_select(axis, order)
    return changed


def residual_permuted(state: State, seed: int) -> State:
    order = torch.randperm(WIDTH, generator=torch.Generator().manual_seed(seed))
    changed = {}
    for name, value in state.items():
        is_writer = "o_proj" in name or "down_proj" in name
        changed[name] = value.index_select(0 if is_writer else value.dim() - 1, order)
    return changed


def residual_rotated(state: State, seed: int) -> State:
    """As QuaRot and SpinQuant do it: norms folded into what reads the stream, then any rotation at all."""
    chance = torch.Generator().manual_seed(seed)
    turn, _ = torch.linalg.qr(torch.randn(WIDTH, WIDTH, generator=chance))
    changed = {}
    for name, value in state.items():
        layer = name.rpartition("self_attn")[0] or name.rpartition("mlp")[0]
        norm = state.get(f"{layer}{'input' if 'self_attn' in name else 'post'}_norm.weight")
        if "norm" in name:
            changed[name] = torch.ones_like(value)
        elif "o_proj" in name or "down_proj" in name:
            changed[name] = turn.T @ value
        else:
            changed[name] = (value * norm if norm is not None else value) @ turn
    changed["lm_head.weight"] = state["embed_tokens.weight"] * state["norm.weight"] @ turn
    return changed


def heads_reordered(state: State) -> State:
    """Rows of query and key as llama.cpp stores them: halves of a head interleaved, for its rotary code."""
    changed = dict(state)
    for name, value in state.items():
        heads = HEADS if "q_proj" in name else KV_HEADS if "k_proj" in name else 0
        if heads:
            halves = value.reshape(heads, 2, value.shape[0] // heads // 2, value.shape[1])
            changed[name] = halves.swapaxes(1, 2).reshape(value.shape)
    return changed


def vocabulary_changed(state: State, seed: int) -> State:
    chance = torch.Generator().manual_seed(seed)
    more = torch.randn(64, WIDTH, generator=chance) * 0.05
    order = torch.randperm(VOCABULARY, generator=chance)
    embedding = torch.cat([state["embed_tokens.weight"][order], more])
    return {**state, "embed_tokens.weight": embedding}


def safetensors(state: State, cast: torch.dtype | None = None) -> bytes:
    with tempfile.NamedTemporaryFile(suffix=".safetensors") as file:
        save_file({k: (v.to(cast) if cast else v).contiguous() for k, v in state.items()}, file.name)
        return Path(file.name).read_bytes()


def torch_zip(state: State) -> bytes:
    out = io.BytesIO()
    torch.save(state, out)
    return out.getvalue()


def gguf_file(state: State, kind: str) -> bytes:
    import gguf

    names = {"q_proj": "attn_q", "k_proj": "attn_k", "v_proj": "attn_v", "o_proj": "attn_output",
             "gate_proj": "ffn_gate", "up_proj": "ffn_up", "down_proj": "ffn_down"}  # fmt: skip
    with tempfile.NamedTemporaryFile(suffix=".gguf") as file:
        writer = gguf.GGUFWriter(file.name, "llama")
        for name, value in state.items():
            parts = name.split(".")
            if value.dim() != 2 or "positions" in name:
                continue
            told = f"blk.{parts[1]}.{names[parts[3]]}.weight" if parts[0] == "layers" else "token_embd.weight"
            numbers = value.numpy().astype(np.float32)
            type_ = gguf.GGMLQuantizationType[kind]
            writer.add_tensor(told, gguf.quants.quantize(numbers, type_), raw_dtype=type_)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return Path(file.name).read_bytes()


@dataclass(frozen=True)
class Case:
    """A derived model: what was done, its bytes, and the seeds of its parents."""

    kind: str
    octets: bytes
    parents: tuple[int, ...]


def cases(bases: dict[int, State], chosen: list[int], steps: int) -> Iterator[Case]:
    """Every derivation of every chosen base."""
    made: dict[str, Callable[[State, int], bytes]] = {
        "light fine-tune": lambda s, n: safetensors(tuned(s, steps // 8, 1e-4, n)),
        "heavy fine-tune": lambda s, n: safetensors(tuned(s, 2 * steps, 1e-3, n)),
        "LoRA merged": lambda s, n: safetensors(lora(s, n)),
        "bf16": lambda s, n: safetensors(s, torch.bfloat16),
        "torch file": lambda s, n: torch_zip(s),
        "int8": lambda s, n: safetensors(quantised(s, 8)),
        "int4": lambda s, n: safetensors(quantised(s, 4)),
        "GGUF Q8_0": lambda s, n: gguf_file(s, "Q8_0"),
        "GGUF Q4_0": lambda s, n: gguf_file(s, "Q4_0"),
        "GGUF Q4_0 by llama.cpp": lambda s, n: gguf_file(heads_reordered(s), "Q4_0"),
        "float8 (e4m3)": lambda s, n: safetensors(s, torch.float8_e4m3fn),
        "pruned 30 %": lambda s, n: safetensors(pruned(s, 0.3)),
        "pruned 50 %": lambda s, n: safetensors(pruned(s, 0.5)),
        "neurons permuted": lambda s, n: safetensors(neurons_permuted(s, n)),
        "residual permuted": lambda s, n: safetensors(residual_permuted(s, n)),
        "norms folded, residual rotated": lambda s, n: safetensors(residual_rotated(s, n)),
        "vocabulary changed": lambda s, n: safetensors(vocabulary_changed(s, n)),
        "fine-tuned, pruned, bf16": lambda s, n: safetensors(
            pruned(tuned(s, steps // 4, 3e-4, n), 0.3), torch.bfloat16
        ),
        "fine-tuned, residual permuted": lambda s, n: safetensors(
            residual_permuted(tuned(s, steps // 4, 3e-4, n), n)
        ),
    }  # fmt: skip
    for number, seed in enumerate(chosen):
        for kind, make in made.items():
            yield Case(kind, make(bases[seed], seed), (seed,))
        other = chosen[(number + 1) % len(chosen)]
        for share in (0.7, 0.5):
            yield Case(
                f"merge {share:.0%}", safetensors(merged(bases[seed], bases[other], share)), (seed, other)
            )


def taken(octets: bytes, name: str) -> Fingerprint:
    return read_fingerprint(fingerprint_json(fingerprint(name, tensors_of(Bytes(octets)))).encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bases", type=int, default=8)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--first-half", action="store_true", help="the seeds that thresholds are set on")
    options = parser.parse_args()
    begun = time.monotonic()
    bases = {seed: base(seed, options.steps) for seed in range(options.bases)}
    known = [taken(safetensors(state), f"base-{seed}") for seed, state in bases.items()]
    half = options.bases // 2
    chosen = list(range(half)) if options.first_half else list(range(half, options.bases))
    right: dict[str, list[bool]] = defaultdict(list)
    lowest: dict[str, float] = {}
    for case in cases(bases, chosen, options.steps):
        found = match(taken(case.octets, "derived"), known)
        named = [int(each.name.removeprefix("base-")) for each in found.parents]
        is_right = set(named) == set(case.parents) and (named[:1] == [case.parents[0]] or "50" in case.kind)
        right[case.kind].append(is_right)
        nearest = found.parents[0].similarity if found.parents else 0.0
        lowest[case.kind] = min(lowest.get(case.kind, 1.0), nearest)
    scratch = [
        match(taken(safetensors(base(100 + each, options.steps)), "scratch"), known) for each in range(half)
    ]
    print("| derivation | right | lowest similarity |\n|---|---|---|")
    for kind, found in right.items():
        print(f"| {kind} | {sum(found)}/{len(found)} | {lowest[kind]:.2f} |")
    wrong = sum(bool(each.parents) for each in scratch)
    print(f"| trained from scratch, same text | {half - wrong}/{half} unnamed | |")
    every = [each for found in right.values() for each in found]
    print(
        f"\n{sum(every)}/{len(every)} right ({sum(every) / len(every):.1%}), {wrong} false parents, "
        f"{time.monotonic() - begun:.0f} s"
    )


if __name__ == "__main__":
    main()
