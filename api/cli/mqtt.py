"""`corridor mqtt`."""

import signal
import threading
from dataclasses import replace

import click

from api.cli.output import json_option, open_services, read_settings, show


@click.command()
@click.option("--root", help="First part of every topic; that of the address when left out, and owntracks without any.")
@click.option("--client-id", default="corridor", show_default=True, help="Our name at the broker; one worker a name.")
@json_option
def mqtt(root: str | None, client_id: str, as_json: bool) -> None:
    """
    Take positions of OwnTracks phones from an MQTT broker, until Ctrl-C; beside a service on PostgreSQL.

    The broker's address stands in CORRIDOR_MQTT_URL, for example mqtts://corridor:password@broker.example: it holds a
    password, and a command line is seen by everybody on the machine. Bind each phone with `corridor token add --courier
    CODE --mqtt-name user/device`, and let the broker allow each user his own topic only. On SQLite, which has one
    writer, the service listens itself: set the same variable for `corridor serve`.
    """
    from api.logs import configure_logs
    from api.mqtt_part import BrokerSettingsError, broker_of
    from api.tracking_service import PingWriter

    settings = read_settings()
    try:
        broker = broker_of(settings)
    except BrokerSettingsError as error:
        raise click.ClickException(str(error)) from error
    if settings.url.startswith("sqlite"):
        raise click.ClickException(
            "SQLite has one writer, and that is the service: start `corridor serve` with CORRIDOR_MQTT_URL set, it "
            "listens to the broker itself; a worker of its own needs PostgreSQL (CORRIDOR_DATABASE_URL)"
        )
    from api.mqtt_receiver import MqttReceiver

    broker = replace(broker, root=root or broker.root, client_id=client_id)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with open_services(settings) as services:
        configure_logs(services.settings.log_level)
        writer = PingWriter(services)
        receiver = MqttReceiver(services, writer, broker)
        writer.start()
        try:
            receiver.start()
            show(
                {"broker": broker.host, "port": broker.port},
                f"Listening to {broker.host}:{broker.port} (Ctrl-C stops it)",
                as_json=as_json,
            )
            stopping.wait()
            receiver.stop()
        finally:
            writer.stop()
