"""MDL120: the model's own Python code is up to no good."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.python_source import PythonSource

CONFIG = b'{"auto_map": {"AutoModel": "modeling_x.XModel"}}'
HONEST = b"""import os
import torch
from torch import nn


class XModel(nn.Module):
    def forward(self, x):
        return torch.exp(x)

    def save(self, folder):
        with open(os.path.join(folder, "vocab.txt"), "w") as out:
            out.write("a")
"""
SHELL = b"import os\n\n\nclass XModel:\n    os.system('id')\n"
HIDDEN = b"import base64\nexec(base64.b64decode('cHJpbnQoMSk='))\n"
REACHED = b"f = getattr(__import__('o' + 's'), 'sys' + 'tem')\nf('id')\n"


@rule(
    "MDL120",
    Severity.HIGH,
    maps=["CWE-506", "CWE-94", "AML.T0010.003", "AML.T0011.000", "LLM03:2025"],
    bad=[
        Sample("modeling_x.py", SHELL, {"config.json": CONFIG}),
        Sample("modeling_x.py", HIDDEN, {"config.json": CONFIG}),
        Sample("modeling_x.py", REACHED, {"config.json": CONFIG}),
    ],
    good=[Sample("modeling_x.py", HONEST, {"config.json": CONFIG})],
)
def model_code(view: PythonSource) -> Iterator[Finding]:
    """The code that comes with the model runs commands, evaluates hidden text or dials out.

    Why: loading the model with `trust_remote_code` imports this code with all rights of the process;
    computing tensors needs none of what it does.
    Remediation: do not load it; report the repository to its host.
    Source: transformers documentation, "Custom models"; MITRE ATLAS AML.T0010.003.
    """
    from hauberk.analysis.code.judgement import judged

    for each in judged(view.tree):
        yield Finding("MDL120", Place(view.locator, line=each.line), each.message, each.name, each.severity)
