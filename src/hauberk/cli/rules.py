"""`hauberk rules`: every rule, a line each."""

from __future__ import annotations

import json

import click


@click.command("rules")
@click.option("--json", "as_json", is_flag=True, help="Everything about every rule, as JSON.")
def command(as_json: bool) -> None:
    """List every rule."""
    from hauberk.rules import load

    rules = load().values()
    if as_json:
        told = [
            {
                "id": rule.id,
                "name": rule.slug,
                "severity": str(rule.severity),
                "confidence": str(rule.confidence),
                "maps": list(rule.maps),
                "title": rule.title,
                "why": rule.why,
                "remediation": rule.remediation,
                "source": rule.source,
            }
            for rule in rules
        ]
        click.echo(json.dumps(told, indent=2))
        return
    for rule in rules:
        click.echo(f"{rule.id}  {rule.severity!s:8}  {rule.title}")
