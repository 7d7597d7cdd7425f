"""CycloneDX 1.6 JSON: assets are components, findings vulnerabilities, gaps annotations.

Source: ECMA-424, first edition (CycloneDX 1.6).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID, uuid5

from hauberk.core.finding import Severity
from hauberk.core.report import Examined, Report
from hauberk.report.about import EPOCH, About
from hauberk.report.plain import plain_locator
from hauberk.report.sheet import Row, Sheet, sheet

# Names the content of a document; version 5 of RFC 9562 makes the same number of the same content.
NAMESPACE = UUID("6f9c5d4e-2f0b-5b59-9a52-0c8f5a3f7c11")

# Parts of the names of formats that hold a model, or data. What neither fits is called a file,
# which is never wrong.
MODEL = (
    "safetensors", "gguf", "ggml", "onnx", "keras", "torch", "tensorflow", "saved-model", "tflite", "pickle",
    "joblib", "skops", "hdf5", "xgboost", "lightgbm", "catboost", "coreml", "openvino", "paddle", "pmml",
    "executorch", "flax", "llamafile", "ncnn", "mxnet", "tensorrt", "r-data",
)  # fmt: skip
DATA = ("npy", "npz", "numpy", "csv", "parquet", "arrow", "jsonl")

Object = dict[str, object]


def render(report: Report, about: About) -> str:
    """One BOM; the same content has the same serial number, whenever it was made."""
    told = sheet(report, about)
    made = _Bom(told, about)
    bom: Object = {
        "components": made.components(),
        "vulnerabilities": made.vulnerabilities(),
        "annotations": made.annotations(),
    }
    tool: Object = {"type": "application", "name": "hauberk", "version": about.version}
    metadata: Object = {
        **({"timestamp": about.at} if about.at else {}),
        "tools": {"components": [tool]},
        "component": {
            "type": "application",
            "bom-ref": "target",
            "name": ", ".join(map(plain_locator, about.targets)) or "nothing",
        },
        "properties": _properties(
            verdict=str(about.verdict.word), exit_code=str(about.verdict.exit_code), rule_set=report.rule_set
        ),
    }
    content = json.dumps([bom, about.version, about.targets, str(about.verdict.word), report.rule_set])
    head: Object = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE, content)}",
        "version": 1,
        "metadata": metadata,
    }
    return json.dumps(head | bom, indent=2) + "\n"


class _Bom:
    """The lists of one BOM, which refer to each other by `bom-ref`."""

    def __init__(self, told: Sheet, about: About) -> None:
        self._told = told
        self._about = about
        self._refs: dict[str, str] = {}
        for index, each in enumerate(told.assets):
            self._refs.setdefault(each.locator, f"asset-{index}")

    def components(self) -> list[Object]:
        """Every asset; members stand inside their container."""
        top: list[Object] = []
        inner: dict[str, list[Object]] = {}
        for index, asset in enumerate(self._told.assets):
            component = self._component(index, asset)
            holder = asset.locator.rpartition("!")[0]
            inner.get(holder, top).append(component)
            if asset.locator not in inner:
                component["components"] = inner[asset.locator] = []
        for component in (*top, *(each for held in inner.values() for each in held)):
            if not component.get("components"):
                component.pop("components", None)
        return top

    def _component(self, index: int, asset: Examined) -> Object:
        component: Object = {
            "type": component_type(asset),
            "bom-ref": f"asset-{index}",
            "name": plain_locator(asset.locator) or "(no name)",
        }
        if asset.digest:
            component["hashes"] = [{"alg": "SHA-256", "content": asset.digest.hex}]
        component["properties"] = _properties(size=str(asset.size), formats=",".join(asset.formats))
        return component

    def vulnerabilities(self) -> list[Object]:
        """Every finding, accepted ones with their analysis."""
        rows = [each for each in self._told.findings + self._told.accepted if each.severity is not None]
        return [self._vulnerability(index, each) for index, each in enumerate(rows)]

    def _vulnerability(self, index: int, row: Row) -> Object:
        severity = row.severity if row.severity is not None else Severity.HIGH
        cwes = [int(each[4:]) for each in row.maps if each.startswith("CWE-")]
        rest = [each for each in row.maps if not each.startswith("CWE-")]
        vulnerability: Object = {
            "bom-ref": f"finding-{index}",
            "id": row.rule,
            "source": {"name": "Hauberk rules"},
            "ratings": [{"source": {"name": "Hauberk"}, "severity": str(severity), "method": "other"}],
            **({"cwes": cwes} if cwes else {}),
            "description": f"{row.place}: {row.message}",
            **({"detail": row.why} if row.why else {}),
            **({"recommendation": row.remedy} if row.remedy else {}),
            "affects": [{"ref": self._ref(row)}],
            "properties": _properties(
                fingerprint=row.fingerprint,
                subject=row.subject,
                offset="" if row.offset is None else str(row.offset),
                maps=",".join(rest),
            ),
        }
        if row.accepted:
            until = f" (until {row.until})" if row.until else ""
            vulnerability["analysis"] = {
                "state": "exploitable",
                "response": ["will_not_fix"],
                "detail": f"accepted{until}: {row.accepted}",
            }
        return vulnerability

    def annotations(self) -> list[Object]:
        """Every gap: the document says itself what it does not know."""
        return list(self._annotations())

    def _annotations(self) -> Iterator[Object]:
        by = {"component": {"type": "application", "name": "hauberk", "version": self._about.version}}
        rows = [each for each in self._told.gaps + self._told.accepted if each.severity is None]
        for index, row in enumerate(rows):
            accepted = f" (accepted: {row.accepted})" if row.accepted else ""
            yield {
                "bom-ref": f"gap-{index}",
                "subjects": [self._ref(row)],
                "annotator": by,
                "timestamp": self._about.at or EPOCH,
                "text": f"Not examined: {row.place}: {row.reason}: {row.message}{accepted}. {row.remedy}",
            }

    def _ref(self, row: Row) -> str:
        """The asset, or the nearest container that is one, or the whole target."""
        locator = row.raw
        while locator not in self._refs and "!" in locator:
            locator = locator.rpartition("!")[0]
        return self._refs.get(locator, "target")


def component_type(asset: Examined) -> str:
    """What CycloneDX calls the asset: a model if any format that reads it may hold one."""
    if any(part in each for each in asset.formats for part in MODEL):
        return "machine-learning-model"
    return "data" if any(part in each for each in asset.formats for part in DATA) else "file"


def _properties(**values: str) -> list[Object]:
    return [{"name": f"hauberk:{name}", "value": value} for name, value in values.items() if value]
