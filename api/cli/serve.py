"""`corridor serve`."""

from dataclasses import replace

import click

from api.cli.output import json_option, read_settings, show
from api.mqtt_part import BrokerSettingsError, broker_of, listens_itself
from api.server import is_loopback
from api.server import serve as run_server


@click.command()
@click.option("--host", help="Address to listen on; only this machine reaches the default, 127.0.0.1.")
@click.option("--port", type=click.IntRange(1, 65_535), help="Port to listen on; 8000 by default.")
@json_option
def serve(host: str | None, port: int | None, as_json: bool) -> None:
    """Answer requests and follow couriers, until Ctrl-C. The log goes to standard error as JSON lines."""
    settings = read_settings()
    settings = replace(settings, host=host or settings.host, port=port or settings.port)
    if listens_itself(settings):
        try:
            broker_of(settings)
        except BrokerSettingsError as error:
            raise click.ClickException(str(error)) from error
    if not is_loopback(settings.host):
        click.echo(
            f"warning: everybody who reaches {settings.host} reaches Corridor; put it behind TLS and set "
            "CORRIDOR_SECURE_COOKIES=1",
            err=True,
        )
    url = f"http://{settings.host}:{settings.port}"
    words = f"Corridor answers at {url} (Ctrl-C stops it)"
    run_server(settings, announce=lambda: show({"url": url}, words, as_json=as_json))
