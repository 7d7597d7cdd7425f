"""`hauberk explain`: what a rule means."""

from __future__ import annotations

import click

from hauberk.core.errors import UsageError
from hauberk.core.rule import Rule


@click.command("explain")
@click.argument("rule_id", metavar="RULE")
def command(rule_id: str) -> None:
    """Say what RULE (an id such as MDL001, or its name) means, why it matters and what to do."""
    from hauberk.rules import load

    rules = load()
    wanted = rule_id.strip()
    found = rules.get(wanted.upper()) or next((r for r in rules.values() if r.slug == wanted), None)
    if found is None:
        raise UsageError(f"{rule_id}: no such rule; `hauberk rules` lists them")
    click.echo(explained(found))


def explained(rule: Rule) -> str:
    """The whole of what is said about a rule, as text."""
    parts = [
        f"{rule.id} {rule.slug}: {rule.title}",
        f"Severity: {rule.severity}   Confidence: {rule.confidence}   For: {rule.persona}",
        f"Maps: {', '.join(rule.maps) or 'none'}",
        f"Why: {rule.why}",
        f"Remediation: {rule.remediation}",
        f"Source: {rule.source}",
        f"Reported: {', '.join(each.name for each in rule.bad)}",
        f"Not reported: {', '.join(each.name for each in rule.good)}",
    ]
    return "\n\n".join(click.wrap_text(part, 88, subsequent_indent="  ") for part in parts)
