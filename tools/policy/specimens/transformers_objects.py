"""transformers and sentence-transformers: configurations, small models, tokenizers, training arguments."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

import transformers

from . import Specimen, attempt

TORCH = ("torch", "torch-old", "pickle")
SMALL: dict[str, Any] = {
    "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16,
    "vocab_size": 50, "num_key_value_heads": 2, "head_dim": 8, "d_model": 16, "n_layer": 1, "n_head": 2,
    "n_embd": 16, "num_layers": 1, "d_ff": 16, "d_kv": 8, "num_heads": 2, "dim": 16, "n_layers": 1,
    "n_heads": 2, "hidden_dim": 16, "pad_token_id": 0, "max_position_embeddings": 32, "embedding_size": 16,
}  # fmt: skip
MODELS = (
    "Bert", "DistilBert", "Roberta", "GPT2", "Llama", "Mistral", "T5", "Bart", "ViT", "Electra", "Albert",
    "MPNet", "Qwen2", "Gemma", "Opt", "OPT", "GPTNeoX", "XLMRoberta", "DebertaV2", "CLIP", "Phi", "Mixtral",
)  # fmt: skip


def specimens() -> Iterator[Specimen]:
    """What Trainer writes beside a model, and what torch.save(model) holds."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("TrainingArguments", "Seq2SeqTrainingArguments"):
            yield from attempt(name, lambda n=name: getattr(transformers, n)(
                output_dir=folder, use_cpu=True, report_to=[]), *TORCH)  # fmt: skip
    yield from attempt("GenerationConfig", lambda: transformers.GenerationConfig(), *TORCH)
    for name in MODELS:
        yield from attempt(f"config_{name}", lambda n=name: getattr(transformers, f"{n}Config")(), "pickle")
        yield from attempt(f"model_{name}", lambda n=name: _model(n), *TORCH)
    yield from attempt("tokenizer", _tokenizer, "pickle")
    yield from attempt("fast_tokenizer", lambda: transformers.PreTrainedTokenizerFast(
        tokenizer_object=_tokenizer(), pad_token="a"), "pickle")  # fmt: skip
    yield from attempt("encoding", lambda: transformers.BatchEncoding({"input_ids": [[1, 2]]}), "pickle")
    yield from attempt("added", lambda: transformers.AddedToken("x"), "pickle")
    yield from attempt("collators", lambda: [transformers.default_data_collator], "pickle")
    yield from attempt("schedule", _schedule, "torch")
    yield from _sentences()


def _model(name: str) -> Any:
    settings = getattr(transformers, f"{name}Config")(**SMALL)
    return getattr(transformers, f"{name}Model")(settings)


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers

    made = Tokenizer(models.WordLevel({"a": 0, "b": 1}, unk_token="a"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return made


def _schedule() -> Any:
    import torch

    optimiser = torch.optim.AdamW(torch.nn.Linear(2, 2).parameters())
    return transformers.get_linear_schedule_with_warmup(optimiser, 2, 5).state_dict()


def _sentences() -> Iterator[Specimen]:
    from sentence_transformers import models

    yield from attempt("pooling", lambda: models.Pooling(8), *TORCH)
    yield from attempt("dense", lambda: models.Dense(8, 4), *TORCH)
    yield from attempt("normalize", lambda: models.Normalize(), *TORCH)
    yield from attempt("bow", lambda: models.BoW(["a", "b"]), *TORCH)
