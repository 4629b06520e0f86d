"""`corridor zones check`, `import` and `export`."""

from pathlib import Path

import click

from api.cli.output import json_option, open_services, operator_of, show, tenant_option
from zones.problem import Severity, ZoneProblem

file_argument = click.argument(
    "file", metavar="FILE.geojson", type=click.Path(path_type=Path, exists=True, dir_okay=False)
)


@click.group()
def zones() -> None:
    """Delivery zones."""


@zones.command("check")
@file_argument
@json_option
def check(file: Path, as_json: bool) -> int:
    """Read FILE and list everything that is wrong with it; nothing is stored. Fails when there is an error."""
    from api.schemas.zone_answers import problem_row
    from zones.geojson import read_geojson

    draft = read_geojson(file.read_bytes())
    answer = {"problems": [problem_row(one) for one in draft.problems], "zones": len(draft.zones)}
    lines = [_line(one) for one in draft.problems] or [f"{len(draft.zones)} zones, nothing is wrong"]
    show(answer, "\n".join(lines), as_json=as_json)
    errors = sum(one.severity is Severity.ERROR for one in draft.problems)
    if errors:
        raise click.ClickException(f"{file.name} has {errors} problem(s) that keep its zones from being published")
    return 0


@zones.command("import")
@click.argument("city")
@file_argument
@click.option("--publish", is_flag=True, help="Put the new version in force at once.")
@tenant_option
@json_option
def import_file(city: str, file: Path, publish: bool, tenant_name: str | None, as_json: bool) -> None:
    """Keep FILE as the next version of the zones of CITY (its slug)."""
    from api.actions.zones import import_zones
    from api.schemas.zone_answers import imported_row

    with open_services() as services:
        caller = operator_of(services, tenant_name)
        imported = import_zones(services, caller, city, file.read_bytes(), publish=publish, source_name=file.name)
    changed = imported.changes
    lines = [
        f"version {imported.version} is {imported.state}: {imported.zones} zones, {len(changed.added)} added, "
        f"{len(changed.removed)} removed, {len(changed.changed)} changed",
        *(_line(one) for one in imported.warnings),
    ]
    show(imported_row(imported), "\n".join(lines), as_json=as_json)


@zones.command("export")
@click.argument("city")
@click.option("--version", type=click.IntRange(1), help="The version in force when left out.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="A file; standard output by default.")
@tenant_option
@json_option
def export(city: str, version: int | None, output: Path | None, tenant_name: str | None, as_json: bool) -> None:
    """Write the zones of CITY as GeoJSON, always the same bytes for the same zones. The file is JSON anyway."""
    from api.actions.zones import export_zones

    with open_services() as services:
        content = export_zones(services, operator_of(services, tenant_name), city, version)
    if output is None:
        click.echo(content.decode(), nl=False)
        return
    output.write_bytes(content)
    show({"file": str(output), "bytes": len(content)}, f"{output}: {len(content)} bytes", as_json=as_json)


def _line(problem: ZoneProblem) -> str:
    return f"{problem.severity.value} {problem.code}: {problem.where}: {problem.message}"
