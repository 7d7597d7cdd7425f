"""The console script. Help is text: showing it imports nothing, so it is instant.

A test holds HELP to what click would print.
"""

import sys

COMMANDS = {
    "scan": "Examine files and folders: what is dangerous, clean, unknown.",
    "sign": "Sign a model, as OpenSSF Model Signing has it.",
    "verify": "Verify a model's signature and release.",
    "attest": "Say something about a digest, signed and logged.",
    "gate": "Decide by a policy whether a digest may pass.",
    "trace": "Draw the chain of custody of a digest.",
    "trust": "Say whose signatures count, and until when.",
    "serve": "Run a service: the registry of models and data sets.",
    "registry": "Look after a registry: people, versions, evidence, backups.",
    "log": "Keep, prove and verify a transparency log.",
    "bom": "Write the bill of materials of a model.",
    "access": "Ask who may do what by AWS policies, with proofs.",
    "sbom": "Write the bill of materials of an environment or its lock files.",
    "advisories": "Keep advisories, so that packages are matched offline.",
    "lineage": "Tell which known model weights derive from.",
    "keygen": "Make a pair of keys.",
    "explain": "Say what a rule means, why it matters and what to do.",
    "rules": "List every rule.",
    "diff": "Compare two JSON reports.",
    "init": "Write a commented settings file.",
    "doctor": "Check this installation.",
    "completion": "Print the completion script of a shell.",
}

HELP = f"""\
Usage: hauberk [OPTIONS] COMMAND [ARGS]...

  Hauberk: the chain of custody for AI systems.

  Exit codes: 0 everything examined and nothing stops, 1 a finding stops, 2
  usage, 3 something could not be examined, 4 a bug of Hauberk's own.

Options:
  --version   Show the version and exit.
  -h, --help  Show this message and exit.

Commands:
{chr(10).join(f"  {name:<11} {what}" for name, what in COMMANDS.items())}
"""


def main() -> None:
    """Run the command line; every outcome has its exit code."""
    if sys.argv[1:] in (["--help"], ["-h"]):
        sys.stdout.write(HELP)
        return
    from hauberk.cli.main import run

    sys.exit(run(sys.argv[1:]))
