"""One name for the same tensor, whatever the library calls it."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Where the layers are numbered: `model.layers.3.`, `h.3.`, `encoder.layer.3.`, `blk.3.`, `block.3.`
LAYER = re.compile(r"^(?:(?P<stack>.*)\.)?(?:layers?|h|blocks?|blk)\.(?P<number>\d{1,4})\.(?P<rest>.+)$")
# What libraries call the parts of a layer. Sources: transformers' modeling files; llama.cpp, gguf constants.
PARTS = {
    "q": "q_proj|q_lin|query|attn_q|wq|q",
    "k": "k_proj|k_lin|key|attn_k|wk|k",
    "v": "v_proj|v_lin|value|attn_v|wv|v",
    "o": "o_proj|out_proj|out_lin|attn_output|attn_out|wo|attention.output.dense|attn.c_proj"
    "|attention.dense|o",
    "qkv": "qkv_proj|c_attn|query_key_value|attn_qkv|Wqkv|qkv|in_proj_weight|in_proj",
    "gate": "gate_proj|ffn_gate|w1|wi_0",
    "up": "up_proj|ffn_up|w3|wi_1|fc1|c_fc|intermediate.dense|dense_h_to_4h|lin1|linear1|mlp.fc_in|wi",
    "down": "down_proj|ffn_down|w2|fc2|mlp.c_proj|output.dense|dense_4h_to_h|lin2|linear2|mlp.fc_out",
}
PART = {
    part: re.compile(rf"(?:^|\.)(?:{names.replace('.', chr(92) + '.')})$") for part, names in PARTS.items()
}
EMBEDDING = re.compile(
    r"(?:^|\.)(?:embed_tokens|wte|word_embeddings|tok_embeddings|token_embd|embed_in|tok_emb|token_embedding"
    r"|embeddings?|emb|shared)$"
)
OUTPUT = re.compile(r"(?:^|\.)(?:lm_head|embed_out|output|head|unembed)$")
# Left out: as good as equal in any two models of a kind.
DULL = re.compile(
    r"(?:^|[._])(?:norm|ln|layernorm|layer_norm|rotary|inv_freq|mask|bias)[\w.]*$", re.IGNORECASE
)
# What scales the stream before attention reads it; whoever rotates the stream folds it into q, k and v.
NORM = re.compile(
    r"(?:^|\.)(?:input_layernorm|input_norm|attention_norm|attn_norm|ln_1|norm1|ln_attn|layer_norm1)$"
)
# Wrappers of fine-tuning libraries around the real name.
# Source: peft, torch.compile, DistributedDataParallel.
WRAPPERS = re.compile(r"^(?:base_model\.model\.|_orig_mod\.|module\.|transformer\.|model\.)+")
# A tensor's numbers; quantised ones keep their scales beside them.
ENDINGS = (".weight", ".base_layer.weight", ".qweight", "_weight", ".kernel")


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A tensor's place: its stack (`decoder` in models that have two), its layer (-1 outside), its part."""

    stack: str
    layer: int
    part: str


def name_of(raw: str) -> Name | None:
    """The place of a tensor, or None for those that tell nothing."""
    name = WRAPPERS.sub("", raw)
    stem = next((name.removesuffix(each) for each in ENDINGS if name.endswith(each)), name)
    found = LAYER.match(stem)
    is_norm = bool(found and NORM.search(found["rest"]))
    if not is_norm and DULL.search(name) and not name.endswith("in_proj_weight"):
        return None
    if found is None:
        return Name("", -1, _outer(stem))
    stack = "decoder" if "decoder" in (found["stack"] or "") else ""
    return Name(stack, int(found["number"]), "norm" if is_norm else _part(found["rest"]))


def _outer(stem: str) -> str:
    if EMBEDDING.search(stem) and "position" not in stem and "pos" not in stem.rpartition(".")[2]:
        return "embedding"
    return "output" if OUTPUT.search(stem) else stem


def _part(rest: str) -> str:
    return next((part for part, names in PART.items() if names.search(rest)), rest)
