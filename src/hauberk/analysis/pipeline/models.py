"""Models and data that pipelines fetch, make, evaluate and publish."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.analysis.pipeline.gates import commands_of_job
from hauberk.analysis.pipeline.habits import Habit, commands_with_scripts
from hauberk.analysis.pipeline.shell import Command
from hauberk.analysis.pipeline.tools import SIGNS, plain_words
from hauberk.formats.pipeline.pipeline import Pipeline
from hauberk.formats.pipeline.script import Scripted

COMMIT = re.compile(r"[0-9a-f]{40}$")
HUB = re.compile(r"https://(?:[^/@\s]+@)?(?:huggingface\.co|hf\.co)/([\w.-]+/[\w.-]+(?:/[\w.-]+)?)")
RESOLVED = re.compile(r"/resolve/(?!([0-9a-f]{40}))([\w.-]+)/")
WEIGHTS = re.compile(
    r"\.(?:safetensors|gguf|onnx|pt|pth|ckpt|pkl|joblib|h5|keras|tflite|mar|bin)\b|(?:^|[/_-])models?(?:[/_.\s-]|$)|checkpoint"
)
REGISTERS = re.compile(
    r"mlflow models? (?:register|create)|mlflow\.register_model|register_model"
    r"|aws sagemaker create-model-package|gcloud ai models upload|az ml model create|wandb artifact put"
    r"|dvc push"
)
TRAINS = re.compile(
    r"\btrain[\w.-]{0,80}\.py\b|\b(?:finetune|fine_tune|train)\b|torchrun|accelerate launch"
    r"|deepspeed|axolotl|create-training-job",
    re.I,
)
EVALUATES = re.compile(
    r"eval|validat|benchmark|lm[-_]eval|helm-run|\btests?\b|pytest|check_(?:metrics|quality)"
    r"|hauberk gate|metrics|threshold|accuracy|promptfoo|deepeval|giskard|ragas",
    re.I,
)


def unpinned_models(view: Scripted) -> Iterator[Habit]:
    """Models and datasets that are fetched without a commit."""
    for _, commands in commands_with_scripts(view):
        for each in commands:
            if name := _unpinned(each):
                yield Habit(each.line, f"fetches {name[:120]} in whatever revision is newest", name[:120])


def _unpinned(command: Command) -> str:
    words = plain_words(command)
    if words[:2] in (("hf", "download"), ("huggingface-cli", "download")):
        revision = command.option("--revision") or ""
        name = next((each for each in words[2:] if not each.startswith("-")), "")
        is_local = name.startswith(("$", ".", "/"))
        return "" if COMMIT.search(revision) or "$" in revision or is_local else name
    if words[:2] == ("git", "clone") and (found := HUB.search(command.raw)):
        return found[1] if not re.search(r"--revision|checkout", command.raw) else ""
    if (
        command.name in ("curl", "wget")
        and HUB.search(command.raw)
        and (found := RESOLVED.search(command.raw))
    ):
        return f"{HUB.search(command.raw)[0]} at {found[2]}"  # type: ignore[index]  # it was found a line above
    if words[:2] == ("ollama", "pull") and len(words) > 2 and "@sha256" not in words[2]:
        return words[2]
    return ""


def unsigned_uploads(view: Scripted) -> Iterator[Habit]:
    """Uploads of models in a file that signs nothing."""
    if any(SIGNS.search(each.text) for each in view.scripts):
        return
    if isinstance(view, Pipeline) and any(
        step.uses and SIGNS.search(step.uses.text) for job in view.jobs for step in job.steps
    ):
        return
    for _, commands in commands_with_scripts(view):
        for each in commands:
            if name := upload_of(each):
                yield Habit(each.line, f"{name} publishes a model, and nothing signs it", name)


def upload_of(command: Command) -> str:
    """What publishes a model; empty if the command does not."""
    words, text = plain_words(command), " ".join(command.words)
    if words[:2] in (("hf", "upload"), ("huggingface-cli", "upload"), ("hf", "upload-large-folder")):
        return (
            "--repo-type=dataset" not in text and "--repo-type dataset" not in text and " ".join(words[:2])
        ) or ""
    if REGISTERS.search(text):
        return " ".join(words[:3])[:60]
    is_copy = words[:3] in (("aws", "s3", "cp"), ("aws", "s3", "sync")) or words[:2] in (
        ("gsutil", "cp"),
        ("azcopy", "copy"),
    )
    is_copy = (
        is_copy
        or words[:3] == ("gcloud", "storage", "cp")
        or words[:4] == ("az", "storage", "blob", "upload")
    )
    if is_copy:
        paths = [each for each in words[2:] if not each.startswith("-")]
        remote = [each for each in paths if each.startswith(("s3://", "gs://", "https://"))]
        is_upload = words[0] == "az" or (remote and paths and paths[-1] == remote[-1] and len(remote) == 1)
        if is_upload and any(WEIGHTS.search(each) for each in paths):
            return " ".join(words[:3])
    return ""


def unevaluated(pipeline: Pipeline) -> Habit | None:
    """The command that publishes a model which the pipeline trains, where nothing evaluates it."""
    if pipeline.outside or not all(each.is_known for each in pipeline.jobs):
        return None
    text = " ".join(f"{each.name} {each.stage_name}" for each in pipeline.jobs)
    trains: Command | None = None
    published: Command | None = None
    for job in pipeline.jobs:
        for command in commands_of_job(job):
            if EVALUATES.search(command.raw) and not upload_of(command):
                return None
            trains = command if TRAINS.search(command.raw) else trains
            published = command if upload_of(command) else published
    uses = " ".join(
        f"{step.name} {step.uses.text if step.uses else ''}" for job in pipeline.jobs for step in job.steps
    )
    if trains is None or published is None or EVALUATES.search(text + uses):
        return None
    return Habit(
        published.line, f"publishes what line {trains.line} trains, and nothing evaluates it", "evaluation"
    )
