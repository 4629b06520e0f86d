"""`corridor migrate`."""

import click

from api.app import create_services
from api.cli.output import json_option, read_settings, show
from api.db.migrate import upgrade


@click.command()
@json_option
def migrate(as_json: bool) -> None:
    """Bring the database to the version this program works with; an empty one gets all tables."""
    services = create_services(read_settings())
    try:
        before, after = upgrade(services.db)
    finally:
        services.db.close()
    words = (
        f"the database has version {after} already" if before == after else f"the database is now of version {after}"
    )
    show({"before": before, "after": after}, words, as_json=as_json)
