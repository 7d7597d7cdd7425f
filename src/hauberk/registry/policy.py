"""The policy of a registry: what each environment asks of a version before it is served."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from hauberk.attest.trust import Trust
from hauberk.core.errors import BadSettings, UsageError
from hauberk.gate.policy.decide import decide
from hauberk.gate.policy.demands import Policy, Role
from hauberk.gate.policy.evidence import Evidence
from hauberk.gate.policy.outcome import Decision
from hauberk.gate.policy.read import read_policy
from hauberk.registry.custody import APPROVERS
from hauberk.registry.keyring import REGISTRY

OWN = "policy.yaml"
MOST = 100  # approvals that a policy can ask for
NOBODIES = tuple(f"{number:064x}" for number in range(MOST))  # the ids of no key


@dataclass(frozen=True)
class RegistryPolicy:
    """A policy file as a registry applies it: it fills the roles `registry` and `approvers` itself."""

    octets: bytes
    name: str

    @cached_property
    def digest(self) -> str:
        """The SHA-256 (hex) of the file."""
        return hashlib.sha256(self.octets).hexdigest()

    @cached_property
    def environments(self) -> tuple[str, ...]:
        """The environments, in the file's order. Raises BadSettings for a file that is no policy."""
        return tuple(self._plain.environments)

    @cached_property
    def _plain(self) -> Policy:
        nobody = Role(signers=NOBODIES)
        return read_policy(self.octets, self.name, {REGISTRY: nobody, APPROVERS: nobody})

    def asks_people(self, environment: str) -> bool:
        """Whether people must agree, so that somebody has to promote versions into the environment."""
        return bool(self._plain.environments[environment].approvals)

    def check(self, environment: str) -> None:
        """Raises BadSettings for an environment that the policy does not have."""
        if environment not in self.environments:
            raise BadSettings(
                f"{self.name} has no environment {environment[:80]!a}: {', '.join(self.environments)}"
            )

    def decide(self, environment: str, evidence: Evidence, trust: Trust) -> Decision:
        """What the policy makes of a version for the environment. Raises BadSettings."""
        known = {name: _role(trust, name) for name in (REGISTRY, APPROVERS)}
        found = read_policy(self.octets, self.name, known)
        ids = {name: id for id, name in trust.names.items()}
        roles = {
            name: replace(role, signers=tuple(ids.get(each, each) for each in role.signers))
            for name, role in found.roles.items()
        }
        return decide(replace(found, roles=roles), environment, evidence)


def _role(trust: Trust, name: str) -> Role:
    # A file is no contradiction because fewer people have the role today than it asks for: they are lacking.
    return Role(signers=(*sorted(trust.roles[name].keys), *NOBODIES))


def policy_at(path: Path | None) -> RegistryPolicy:
    """The policy in a file, or the one that registries bring. Raises UsageError, BadSettings."""
    if path is None:
        return RegistryPolicy((files("hauberk.registry") / OWN).read_bytes(), "the registry's own policy")
    try:
        found = RegistryPolicy(path.read_bytes(), path.name)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    assert found.environments  # a policy without one is refused when it is read
    return found
