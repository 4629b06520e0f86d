"""What every command shares: settings, an open database, `--json`, and who acts."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from api.actions.accounts import pick_tenant
from api.app import create_services
from api.context import Caller, Services, system_caller
from api.db.migrate import check_version
from api.settings import Settings, from_environment

json_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON alone on standard output."
)
tenant_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--tenant", "tenant_name", metavar="NAME", help="The organisation; may be left out when there is one only."
)


def read_settings() -> Settings:
    """Settings by the environment; what cannot be read ends the command with one line."""
    try:
        return from_environment()
    except ValueError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def open_services(settings: Settings | None = None) -> Iterator[Services]:
    """The service's parts on a database of this version; closed at the end."""
    services = create_services(settings or read_settings())
    try:
        check_version(services.db)
        yield services
    finally:
        services.db.close()


def operator_of(services: Services, tenant_name: str | None) -> Caller:
    """Whoever runs the command line acts for the whole organisation."""
    return system_caller(pick_tenant(services, tenant_name).id)


def show(answer: dict[str, Any], words: str, *, as_json: bool) -> None:
    """Print the answer: as JSON alone, or in words."""
    click.echo(json.dumps(answer, ensure_ascii=False, default=str) if as_json else words)
