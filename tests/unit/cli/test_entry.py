import click

from hauberk.cli.entry import HELP
from hauberk.cli.main import cli


def test_the_help_text_is_what_click_would_print() -> None:
    context = click.Context(
        cli, info_name="hauberk", terminal_width=80, max_content_width=80, **cli.context_settings
    )
    assert cli.get_help(context) + "\n" == HELP
