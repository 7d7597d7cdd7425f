"""`hauberk`: commands are imported when they run, so that help is instant."""

from __future__ import annotations

from importlib import import_module

import click

from hauberk.cli.entry import COMMANDS
from hauberk.core.errors import HauberkError, Refused, UnreadableAsset
from hauberk.core.verdict import EXIT_BUG, EXIT_CODES, EXIT_USAGE, Word

EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class Commands(click.Group):
    """A group that knows its commands' names and imports a command only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"hauberk.cli.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hauberk", message="%(prog)s %(version)s")
def cli() -> None:
    """Hauberk: the chain of custody for AI systems.

    Exit codes: 0 everything examined and nothing stops, 1 a finding stops, 2 usage,
    3 something could not be examined, 4 a bug of Hauberk's own.
    """


def run(arguments: list[str]) -> int:
    """Run the command line; the exit code that its outcome has."""
    try:
        code = cli.main(arguments, prog_name="hauberk", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        return EXIT_INTERRUPTED
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE
    except Refused as error:
        click.echo(f"refused: {error}", err=True)
        return EXIT_CODES[Word.STOP]
    except UnreadableAsset as error:
        click.echo(f"hauberk: {error}", err=True)
        return EXIT_CODES[Word.UNKNOWN]
    except HauberkError as error:
        click.echo(f"hauberk: {error}", err=True)
        return EXIT_USAGE
    except BrokenPipeError:  # the reader went away; what it did not read is not a verdict
        return EXIT_BUG
    except Exception as error:
        import traceback

        traceback.print_exc()
        click.echo(f"hauberk: this is a bug of Hauberk's own: {error!r}; please report it", err=True)
        return EXIT_BUG
    return code if isinstance(code, int) else 0
