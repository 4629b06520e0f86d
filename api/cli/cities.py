"""`corridor city add`."""

import click

from api.actions.accounts import LANGUAGES
from api.actions.city_setup import add_city
from api.cli.output import json_option, open_services, show


@click.group()
def city() -> None:
    """Cities to plan in."""


@city.command("add")
@click.argument("slug")
@click.option("--name", required=True, help="How pages name the city.")
@click.option("--timezone", required=True, metavar="ZONE", help="Such as Europe/Helsinki.")
@click.option("--country", required=True, metavar="CC", help="Two letters such as FI; phone numbers are read by it.")
@click.option("--lon", required=True, type=float, help="Longitude of the centre, degrees.")
@click.option("--lat", required=True, type=float, help="Latitude of the centre, degrees.")
@click.option("--currency", metavar="CUR", help="Three letters such as EUR; the country's own when left out.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Clients' language.")
@click.option("--tenant", "tenant_name", default="Corridor", show_default=True, help="The organisation; made if new.")
@json_option
def add(
    slug: str,
    name: str,
    timezone: str,
    country: str,
    lon: float,
    lat: float,
    currency: str | None,
    language: str,
    tenant_name: str,
    as_json: bool,
) -> None:
    """Add the city SLUG (its name in commands and folders)."""
    with open_services() as services:
        made = add_city(
            services,
            tenant_name=tenant_name,
            slug=slug,
            name=name,
            timezone=timezone,
            country=country,
            lon=lon,
            lat=lat,
            currency=currency,
            language=language,
        )
    answer = {"id": made.id, "slug": made.slug, "timezone": made.timezone, "currency": made.currency}
    words = f"{made.name} added; build its streets with `corridor roads build {made.slug} FILE.osm.pbf`"
    show(answer, words, as_json=as_json)
