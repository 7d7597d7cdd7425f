"""What the files say that loading the model uses: settings, weights' headers, licence texts, requirements."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.analysis.weights import Weights
from hauberk.attest.bom.bom import Ancestor, Dependency, Fact, Field, Grade, Licensed, Proof
from hauberk.attest.bom.card_facts import Noun
from hauberk.core.asset import Content
from hauberk.core.errors import OverBudget
from hauberk.core.finding import Place
from hauberk.core.statement import Json
from hauberk.formats.described_model import DescribedModel
from hauberk.formats.gguf import GgufModel
from hauberk.formats.licence import Licence, licence_of, spdx_expression
from hauberk.formats.text import decoded

CONFIG = "config.json"
ADAPTER = "adapter_config.json"
# Settings that decide what the model computes. Source: transformers, `PretrainedConfig` and its models'.
SHAPE = (
    "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "intermediate_size",
    "vocab_size", "max_position_embeddings", "num_labels", "num_experts", "num_local_experts", "d_model",
    "n_layer", "n_head", "n_embd", "image_size", "patch_size", "num_channels", "hidden_act", "rope_theta",
    "sliding_window", "attention_dropout", "hidden_dropout_prob", "layer_norm_eps", "rms_norm_eps",
)  # fmt: skip
SAMPLING = (
    "temperature",
    "top_p",
    "top_k",
    "max_new_tokens",
    "max_length",
    "num_beams",
    "repetition_penalty",
)
LORA = ("peft_type", "r", "lora_alpha", "lora_dropout", "bias", "task_type")
CONTEXT = ("max_position_embeddings", "n_positions", "n_ctx", "max_sequence_length", "seq_length")
# Thresholds that turn scores into decisions.
THRESHOLDS = ("threshold", "decision_threshold", "score_threshold", "nms_threshold")
# A repository's name on a hub, and no path of the author's disk.
REPOSITORY = re.compile(r"\w[\w.-]{0,95}/\w[\w.-]{0,95}")
# transformers' tokenizers say 10^30 where there is no limit.
NO_LIMIT = 10**9
MAX_REQUIREMENTS = 1 << 18  # bytes
REQUIREMENT = re.compile(
    r"([A-Za-z0-9][\w.-]{0,100})\s*(?:\[[^\]]{0,200}\])?\s*([=<>!~]=?=?\s*[^;#\s]{1,80})?"
)
MAX_TEXT = 1_000


class FileFacts:
    """The facts of one folder's files."""

    def __init__(self, model: DescribedModel) -> None:
        self.model = model

    def _proof(self, name: str, key: str = "", grade: Grade = Grade.READ) -> Proof:
        line = self.model.line_of(name, key) if key else None
        return Proof(grade, Place(self.model.place_of(name), line=line))

    def settings(self) -> Iterator[Noun]:
        """What the settings say."""
        if kind := self.model.text(CONFIG, "model_type"):
            yield Fact(Field.MODEL_TYPE, kind[:MAX_TEXT], self._proof(CONFIG, "model_type"))
        listed = self.model.value(CONFIG, "architectures")
        for each in listed[:20] if isinstance(listed, list) else []:
            if isinstance(each, str):
                yield Fact(Field.ARCHITECTURE, each[:MAX_TEXT], self._proof(CONFIG, "architectures"))
        for name, keys in ((CONFIG, SHAPE), ("generation_config.json", SAMPLING), (ADAPTER, LORA)):
            for key in keys:
                if (text := _scalar(self.model.value(name, key))) is not None:
                    yield Fact(Field.HYPERPARAMETER, text, self._proof(name, key), key)
        yield from self._limits()
        yield from self._quantisation()
        yield from self._lineage()
        yield from self._libraries()

    def _limits(self) -> Iterator[Noun]:
        for name, keys in ((CONFIG, CONTEXT), ("tokenizer_config.json", ("model_max_length",))):
            for key in keys:
                value = self.model.value(name, key)
                if isinstance(value, int) and 0 < value < NO_LIMIT:
                    yield Fact(Field.CONTEXT, str(value), self._proof(name, key))
        for name in (CONFIG, "preprocessor_config.json"):
            for key in THRESHOLDS:
                if (text := _scalar(self.model.value(name, key))) is not None:
                    yield Fact(Field.THRESHOLD, text, self._proof(name, key), key)
        preprocessor = self.model.settings.get("preprocessor_config.json", {})
        steps = sorted(key for key, value in preprocessor.items() if key.startswith("do_") and value is True)
        if steps:
            place = self._proof("preprocessor_config.json", steps[0])
            yield Fact(Field.PREPROCESSING, ", ".join(each[3:] for each in steps)[:MAX_TEXT], place)

    def _quantisation(self) -> Iterator[Noun]:
        method = self.model.text(CONFIG, "quantization_config", "quant_method")
        bits = _scalar(self.model.value(CONFIG, "quantization_config", "bits"))
        if method or bits:
            text = f"{method} {bits} bits".strip() if bits else method
            yield Fact(Field.QUANTISATION, text[:MAX_TEXT], self._proof(CONFIG, "quantization_config"))

    def _lineage(self) -> Iterator[Noun]:
        if base := self.model.text(ADAPTER, "base_model_name_or_path"):
            yield Ancestor(base[:MAX_TEXT], "adapter", self._proof(ADAPTER, "base_model_name_or_path"))
        path = self.model.text(CONFIG, "_name_or_path")
        if REPOSITORY.fullmatch(path):
            # Where the weights were loaded from before they were saved here: most often the base.
            yield Ancestor(path, "", self._proof(CONFIG, "_name_or_path", Grade.INFERRED))

    def _libraries(self) -> Iterator[Noun]:
        for name, library in ((CONFIG, "transformers"), ("model_index.json", "diffusers")):
            key = f"_{library}_version" if library == "diffusers" else "transformers_version"
            if version := self.model.text(name, key):
                yield Dependency(library, version[:60], self._proof(name, key))
        versions = self.model.value("config_sentence_transformers.json", "__version__")
        for library, pinned in versions.items() if isinstance(versions, dict) else ():
            if isinstance(pinned, str):
                proof = self._proof("config_sentence_transformers.json", library)
                yield Dependency(library[:60], pinned[:60], proof)
        if ADAPTER in self.model.settings:
            version = self.model.text(ADAPTER, "peft_version")
            yield Dependency("peft", version[:60], self._proof(ADAPTER, "peft_version"))

    def weights(self, weights: Weights) -> Iterator[Noun]:
        """What the headers of the weights come to."""
        if weights.total:
            proof = self._proof(weights.files[0], grade=Grade.COMPUTED)
            yield Fact(Field.PARAMETERS, str(weights.total), proof)
            for kind in sorted(weights.elements):
                yield Fact(Field.NUMBER_TYPE, f"{kind} {weights.elements[kind]}", proof, kind)
            if weights.form == "gguf":
                yield Fact(Field.QUANTISATION, weights.main_type, proof)

    def gguf(self, name: str, header: GgufModel) -> Iterator[Noun]:
        """What a GGUF file's metadata say."""
        declared, read = self._proof(name, grade=Grade.DECLARED), self._proof(name)
        kind = header.strings.get("general.architecture", "")
        fields = {
            "general.name": (Field.NAME, declared),
            "general.version": (Field.VERSION, declared),
            "general.description": (Field.DESCRIPTION, declared),
            "general.author": (Field.SUPPLIER, declared),
            "general.organization": (Field.SUPPLIER, declared),
            "general.url": (Field.DOWNLOAD, declared),
            "general.repo_url": (Field.REPOSITORY, declared),
            "general.architecture": (Field.MODEL_TYPE, read),
        }
        for key, (field, proof) in fields.items():
            if text := header.strings.get(key, "").strip():
                yield Fact(field, _clean(text), proof)
        if text := header.strings.get("general.license", "").strip():
            yield Licensed(licence_of(_clean(text)), declared)
        for number in range(min(header.numbers.get("general.base_model.count", 0), 20)):
            for key in ("repo_url", "name"):
                if text := header.strings.get(f"general.base_model.{number}.{key}", "").strip():
                    yield Ancestor(_clean(text), "quantized", declared)
                    break
        for key, value in sorted(header.numbers.items()):
            if key == f"{kind}.context_length":
                yield Fact(Field.CONTEXT, str(value), read)
            elif kind and key.startswith(f"{kind}."):
                yield Fact(Field.HYPERPARAMETER, str(value), read, _clean(key.removeprefix(f"{kind}.")))

    def licences(self) -> Iterator[Noun]:
        """Which licences' texts lie in the folder."""
        for name, found in self.model.licences.items():
            for each in sorted(found):
                expression = spdx_expression(each)
                licence = Licence(expression=expression) if expression else Licence(name=each)
                yield Licensed(licence, self._proof(name, grade=Grade.COMPUTED))

    def requirements(self) -> Iterator[Noun]:
        """What `requirements.txt` pins. Raises UnreadableAsset if it cannot be read."""
        content = self.model.files.get("requirements.txt")
        for number, line in enumerate(_lines(content) if content else [], 1):
            found = REQUIREMENT.match(line.strip()[:400])
            if found and not line.lstrip().startswith(("#", "-")):
                place = Place(self.model.place_of("requirements.txt"), line=number)
                version = re.sub(r"\s", "", found[2] or "")
                yield Dependency(found[1].lower(), version.removeprefix("=="), Proof(Grade.READ, place))


def _lines(content: Content) -> list[str]:
    if content.size > MAX_REQUIREMENTS:
        raise OverBudget(f"requirements of {content.size} bytes are longer than {MAX_REQUIREMENTS}")
    return decoded(content.read(0, MAX_REQUIREMENTS)).splitlines()


def _scalar(value: Json) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:200] if isinstance(value, (int, float, str)) and value != "" else None


def _clean(text: str) -> str:
    """Undecodable bytes of GGUF strings stand as surrogates, which no JSON text may hold."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")[:MAX_TEXT]
