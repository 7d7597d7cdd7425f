"""MDL100: settings that name dangerous code."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.document import Document


@rule(
    "MDL100",
    Severity.HIGH,
    maps=["CWE-470", "CWE-94", "AML.T0011.000", "AML.T0010.003", "LLM03:2025"],
    bad=[
        Sample("config.json", b'{"model": {"_target_": "os.system", "_args_": ["id"]}}'),
        Sample("model_config.yaml", b"model:\n  _target_: numpy.os.system\n  command: id\n"),
        Sample("settings.json", b'{"py/object": "subprocess.Popen", "args": ["id"]}'),
        Sample("call.yaml", b"f: {_target_: hydra.utils.get_method, path: builtins.exec}\n"),
    ],
    good=[
        Sample("train.yaml", b"optimizer:\n  _target_: torch.optim.AdamW\n  lr: 1e-3\n"),
        Sample("bandit.yaml", b"shell:\n  no_shell: [os.system, os.popen]\n"),
    ],
)
def config_target(view: Document) -> Iterator[Finding]:
    """The settings name code that runs commands, evaluates text or unpickles.

    Why: Hydra, NeMo, jsonpickle and their like import the name and call it while the settings load,
    so whoever writes the file runs code without shipping any.
    Remediation: delete the entry; allow only the classes that your project instantiates.
    Source: Palo Alto Unit 42, "Remote Code Execution With Modern AI/ML Formats" (CVE-2025-23304,
    CVE-2026-22584); Hydra documentation, "Instantiating objects".
    """
    from hauberk.analysis.code.targets import judged

    for each in view.targets:
        severity = judged(each)
        if severity is None:
            continue
        place = f"{each.path}.{each.key}".lstrip(".")
        verb = "names" if severity >= Severity.MEDIUM else "names code that is not part of this file:"
        yield Finding("MDL100", Place(view.locator), f"{place} {verb} {each.name}", each.name, severity)
