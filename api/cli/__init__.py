"""The `corridor` command. Each part is imported when it is used, so that `--help` answers at once."""

import sys
from importlib import import_module
from typing import Any

import click

COMMANDS: dict[str, tuple[str, str]] = {
    "city": ("api.cli.cities:city", "Add a city to plan in"),
    "demo": ("api.cli.demo:demo", "Start a demo day in central Helsinki, with moving couriers"),
    "migrate": ("api.cli.database:migrate", "Bring the database to this version"),
    "mqtt": ("api.cli.mqtt:mqtt", "Take positions of OwnTracks phones from an MQTT broker, until Ctrl-C"),
    "orders": ("api.cli.orders_commands:orders", "Orders to be delivered"),
    "plan": ("api.cli.plan_commands:plan", "Plan a city's day"),
    "replay": ("api.cli.replay:replay", "Play a track against a plan, and tell what was raised, closed and retracted"),
    "roads": ("api.cli.roads:roads", "Build street networks"),
    "scoreboard": (
        "api.cli.scoreboard:scoreboard",
        "Hold tracking against the truth, beside its goals",
    ),
    "serve": ("api.cli.serve:serve", "Answer requests and follow couriers, until Ctrl-C"),
    "simulate": ("api.cli.simulate:simulate", "Move simulated couriers along the plan of a running service"),
    "solve": ("api.cli.solve:solve", "Solve a problem file, without a database"),
    "token": ("api.cli.accounts:token", "Tokens of couriers' phones and programs"),
    "user": ("api.cli.accounts:user", "People who sign in"),
    "zones": ("api.cli.zones_commands:zones", "Delivery zones"),
}
"""Name -> (module:command, one line of help). A new command adds its line here."""


class LazyGroup(click.Group):
    """A group that imports a command when it is called; the list of commands needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)  # noqa: S101 - the table names nothing else
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with their line of help, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="corridor-dispatch", prog_name="corridor")
def corridor() -> None:
    """
    Plan courier routes on real streets, follow them, and tell how each promised arrival changes.

    Settings come from CORRIDOR_FOLDER (where its data lies, default var), CORRIDOR_DATABASE_URL, CORRIDOR_HOST and
    CORRIDOR_PORT.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave: 0 when all went well, 1 on failure, 2 on wrong usage, 130 on Ctrl-C."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run one command and give its exit code; what went wrong stands on standard error, in one line where it can."""
    try:
        result: Any = corridor.main(arguments, prog_name="corridor", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        return 130
    except click.ClickException as error:
        hint = f" (see `{error.ctx.command_path} --help`)" if isinstance(error, click.UsageError) and error.ctx else ""
        click.echo(f"error: {error.format_message()}{hint}", err=True)
        return error.exit_code
    except Exception as error:
        lines = _explain(error)
        if lines is None:
            raise
        for line in lines:
            click.echo(line, err=True)
        return 1
    return result if isinstance(result, int) else 0


def _explain(error: Exception) -> list[str] | None:
    """The lines to show for an error that was foreseen; None for a fault of our own, whose traceback is wanted."""
    from api.db.migrate import DatabaseVersionError
    from api.errors import InvalidInputError, kind_of
    from api.server import CannotServeError

    if isinstance(error, InvalidInputError):
        return [f"error: {error}", *(f"  {problem.where}: {problem.message}" for problem in error.problems)]
    if kind_of(error) is not None or isinstance(error, DatabaseVersionError | CannotServeError | OSError):
        return [f"error: {error}"]
    return None
