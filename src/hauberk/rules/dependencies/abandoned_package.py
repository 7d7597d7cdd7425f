"""DEP009: packages that their authors have given up."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.dependencies.dependency_list import DependencyList

# What each package's own page says: that it is deprecated or archived, and what to take.
SUCCESSORS = {
    ("PyPI", "sklearn"): "scikit-learn",
    ("PyPI", "pycrypto"): "pycryptodome or cryptography",
    ("PyPI", "nose"): "pytest",
    ("PyPI", "distribute"): "setuptools",
    ("PyPI", "beautifulsoup"): "beautifulsoup4",
    ("PyPI", "pypdf2"): "pypdf",
    ("PyPI", "fuzzywuzzy"): "rapidfuzz",
    ("PyPI", "google-generativeai"): "google-genai",
    ("PyPI", "auto-gptq"): "gptqmodel",
    ("PyPI", "autoawq"): "llm-compressor",
    ("PyPI", "tensorflow-gpu"): "tensorflow",
    ("PyPI", "pytorch-transformers"): "transformers",
    ("PyPI", "pytorch-pretrained-bert"): "transformers",
    ("PyPI", "pynvml"): "nvidia-ml-py",
    ("PyPI", "adal"): "msal",
    ("npm", "request"): "fetch, or undici",
    ("npm", "node-uuid"): "uuid",
    ("npm", "left-pad"): "String.prototype.padStart",
    ("npm", "tslint"): "eslint",
    ("npm", "querystring"): "URLSearchParams",
    ("crates.io", "serde_yaml"): "serde_norway or another YAML crate",
    ("crates.io", "failure"): "thiserror or anyhow",
}


@rule(
    "DEP009",
    Severity.LOW,
    maps=["CWE-1104", "AML.T0010.001", "LLM03:2025"],
    bad=[Sample("requirements.txt", b"pycrypto==2.6.1\n")],
    good=[Sample("requirements.txt", b"pycryptodome==3.21.0\nscikit-learn==1.6.0\n")],
)
def abandoned_package(view: DependencyList) -> Iterator[Finding]:
    """A dependency was given up by its authors.

    Why: nobody repairs its faults, and names without an owner are taken over.
    Remediation: take the successor that the finding names.
    Source: the package's own page on its index; CWE-1104.
    """
    asked = {(each.ecosystem, each.name): each.line for each in view.packages}
    asked |= {(each.ecosystem, each.name): each.line for each in view.requirements}
    for (ecosystem, name), line in asked.items():
        if (ecosystem, name) in SUCCESSORS:
            message = f"{name} was given up; its successor is {SUCCESSORS[ecosystem, name]}"
            yield Finding("DEP009", Place(view.locator, line=line), message, name)
