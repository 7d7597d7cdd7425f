"""MDL105: settings that ask for code from a repository."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.document import CodeReference, Document

# Libraries whose components a pipeline is made of; anything else is a module of the repository's own.
LIBRARIES = frozenset(
    {
        "diffusers", "transformers", "onnxruntime", "optimum", "flax", "null", "None", "torch",
        "controlnet_aux",
        "invisible_watermark", "gguf", "peft", "safety_checker", "k_diffusion", "stable_diffusion",
        "stable_diffusion_safe", "latent_diffusion", "paint_by_example", "alt_diffusion", "audioldm",
        "audioldm2",
        "kandinsky", "kolors", "hunyuan_image", "deepfloyd_if", "shap_e", "unidiffuser",
        "versatile_diffusion",
        "wuerstchen", "stable_audio", "musicldm", "ledits_pp", "pixart_alpha", "blip_diffusion",
        "semantic_stable_diffusion",
    }
)  # fmt: skip
PUBLISHED_KERNELS = ("kernels-community/",)


@rule(
    "MDL105",
    Severity.LOW,
    maps=["CWE-829", "CWE-494", "AML.T0010.001", "LLM03:2025"],
    bad=[
        Sample("config.json", b'{"auto_map": {"AutoModel": "modeling_x.XModel"}}'),
        Sample("tokenizer_config.json", b'{"auto_map": {"AutoTokenizer": ["them/repo--tok.Tok", null]}}'),
        Sample("modules.json", b'[{"idx": 0, "name": "0", "path": "", "type": "custom_st.Transformer"}]'),
        Sample("model_index.json", b'{"_class_name": "X", "unet": ["subprocess", "Popen"]}'),
    ],
    good=[
        Sample("config.json", b'{"architectures": ["BertModel"], "model_type": "bert"}'),
        Sample("modules.json", b'[{"path": "", "type": "sentence_transformers.models.Transformer"}]'),
        Sample("model_index.json", b'{"unet": ["diffusers", "UNet2DConditionModel"], "x": [null, null]}'),
    ],
)
def custom_code(view: Document) -> Iterator[Finding]:
    """The settings ask the loader to import code from a repository.

    Why: with `trust_remote_code` the loader downloads and runs that code; where it comes from another
    repository, its owner can change what you run after you have reviewed it.
    Remediation: read the code, copy it into your own repository, and pin a `revision`.
    Source: transformers documentation, "Custom models"; diffusers, "Community pipelines".
    """
    for each in view.references:
        severity = _severity(each)
        if severity is None:
            continue
        asks = f"{each.path}.{each.kind}".lstrip(".")
        where = f" from the repository {each.repository}" if each.repository else ""
        message = f"{asks} asks for {each.name.rpartition('--')[2]}{where}"
        yield Finding("MDL105", Place(view.locator), message, f"{each.kind} {each.name}", severity)


def _severity(each: CodeReference) -> Severity | None:
    from hauberk.analysis.code.targets import grade

    graded = grade(each.name)
    if graded is not None and graded >= Severity.MEDIUM:
        return graded
    if each.kind == "attn_implementation":
        return Severity.LOW if each.repository.startswith(PUBLISHED_KERNELS) else Severity.MEDIUM
    if each.repository:
        return Severity.HIGH
    root = each.name.partition(".")[0]
    if each.kind == "module":
        return None if root == "sentence_transformers" or each.name.startswith("pylate.") else Severity.LOW
    if each.kind == "component":
        return None if root in LIBRARIES or not root else Severity.LOW
    return Severity.LOW
