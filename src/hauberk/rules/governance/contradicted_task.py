"""GOV007: a task that the architecture contradicts."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.described_model import DescribedModel

CARD = b"---\nlicense: mit\npipeline_tag: %s\n---\n# A model\n"
VISION = b'{"architectures": ["ViTForImageClassification"]}'
CAUSAL = b'{"architectures": ["LlamaForCausalLM"]}'
# Heads that do one thing, and the Hub's tasks that they can serve.
TASKS = {
    "ForImageClassification": {
        "image-classification", "image-feature-extraction", "zero-shot-image-classification",
    },
    "ForObjectDetection": {"object-detection", "zero-shot-object-detection", "image-segmentation"},
    "ForSemanticSegmentation": {"image-segmentation", "mask-generation"},
    "ForAudioClassification": {"audio-classification"},
    "ForSequenceClassification": {
        "text-classification", "zero-shot-classification", "text-ranking", "sentence-similarity",
        "feature-extraction", "reinforcement-learning", "text-generation",
    },
    "ForTokenClassification": {"token-classification", "text-classification", "text-ranking"},
    "ForQuestionAnswering": {"question-answering", "document-question-answering", "table-question-answering"},
    "ForCausalLM": {
        "text-generation", "text2text-generation", "image-text-to-text", "any-to-any", "feature-extraction",
        "sentence-similarity", "text-ranking", "text-to-speech", "text-to-audio", "translation",
        "summarization", "question-answering", "visual-question-answering", "image-to-text", "robotics",
        "text-classification", "video-text-to-text", "audio-text-to-text", "token-classification",
        "automatic-speech-recognition", "fill-mask", "reinforcement-learning", "time-series-forecasting",
    },
    "ForCTC": {"automatic-speech-recognition", "audio-classification", "feature-extraction"},
}  # fmt: skip


@rule(
    "GOV007",
    Severity.LOW,
    bad=[
        Sample("README.md", CARD % b"text-generation", {"config.json": VISION}),
        Sample("README.md", CARD % b"image-classification", {"config.json": CAUSAL}),
    ],
    good=[
        Sample("README.md", CARD % b"image-classification", {"config.json": VISION}),
        Sample("README.md", CARD % b"text-generation", {"config.json": CAUSAL}),
        Sample("README.md", CARD % b"text-generation", {"config.json": b'{"architectures": ["NewModel"]}'}),
    ],
)
def contradicted_task(model: DescribedModel) -> Iterator[Finding]:
    """The card declares a task that the architecture in the settings cannot do.

    Why: card and model were not made for each other, so nothing in the card can be relied on.
    Remediation: find out which of the two was exchanged; mend `pipeline_tag`.
    Source: transformers documentation, "Auto Classes"; huggingface_hub, "Tasks".
    """
    declared = model.card.front.texts("pipeline_tag") if model.card else []
    listed = model.value("config.json", "architectures")
    names = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    heads = [(name, head) for name in names for head in TASKS if name.endswith(head)]
    if model.card is None or not declared or not heads or len(heads) < len(names):
        return
    if not any(declared[0].text in TASKS[head] for _, head in heads):
        message = f"declares the task {declared[0].text[:80]}, and the architecture is {heads[0][0][:80]}"
        yield Finding("GOV007", Place(model.card.name, line=declared[0].line), message, "pipeline_tag")
