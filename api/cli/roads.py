"""`corridor roads build`."""

from pathlib import Path

import click

from api.cli.output import json_option, read_settings, show


@click.group()
def roads() -> None:
    """Street networks."""


@roads.command("build")
@click.argument("city")
@click.argument("extract", metavar="FILE.osm.pbf", type=click.Path(path_type=Path))
@click.option("--profile", default="car", show_default=True, help="What couriers move by.")
@json_option
def build(city: str, extract: Path, profile: str, as_json: bool) -> None:
    """Build the street network of CITY (its slug) from an OpenStreetMap extract, and use it from now on."""
    from routing.network_build import build_city_network

    built = build_city_network(extract, read_settings().networks_folder, city, profile)
    answer = {
        "city": city,
        "profile": built.profile,
        "build": built.build,
        "folder": str(built.network_dir),
        "streets": built.street_count,
        "bounds": built.bounds,
    }
    words = f"{city}: {built.street_count} streets from {built.extract_name}, build {built.build} ({built.attribution})"
    show(answer, words, as_json=as_json)
