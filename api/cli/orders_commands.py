"""`corridor orders import`."""

from datetime import datetime
from pathlib import Path

import click

from api.cli.output import json_option, open_services, operator_of, show, tenant_option


@click.group()
def orders() -> None:
    """Orders to be delivered."""


@orders.command("import")
@click.argument("city")
@click.argument("file", metavar="FILE.csv", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day of the orders; today in the city when left out."
)
@tenant_option
@json_option
def import_file(city: str, file: Path, day: datetime | None, tenant_name: str | None, as_json: bool) -> None:
    """Keep every good row of FILE as an order of CITY (its slug), and report every bad one."""
    from api.actions.order_import import import_orders
    from api.schemas.order_answers import report_row

    with open_services() as services:
        caller = operator_of(services, tenant_name)
        report = import_orders(services, caller, city, None if day is None else day.date(), file.read_bytes())
    states = ", ".join(f"{count} {status}" for status, count in report.by_status.items())
    lines = [f"{report.imported} orders imported" + (f" ({states})" if states else "")]
    for title, problems in (("left out", report.problems), ("kept", report.remarks)):
        for one in problems:
            place = f"row {one.row}, {one.column}" if one.column else f"row {one.row}"
            lines.append(f"{title}: {place}: {one.message}")
    show(report_row(report), "\n".join(lines), as_json=as_json)
    if not report.imported and report.problems:
        raise click.ClickException(f"no order of {file.name} was imported")
