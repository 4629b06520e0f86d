"""`corridor mqtt`."""

import os
import signal
import threading

import click

from api.cli.output import json_option, open_services, show

URL = "CORRIDOR_MQTT_URL"


@click.command()
@click.option("--root", default="owntracks", show_default=True, help="First part of every topic.")
@click.option("--client-id", default="corridor", show_default=True, help="Our name at the broker; one worker a name.")
@json_option
def mqtt(root: str, client_id: str, as_json: bool) -> None:
    """
    Take positions of OwnTracks phones from an MQTT broker, until Ctrl-C.

    The broker's address stands in CORRIDOR_MQTT_URL, for example mqtts://corridor:password@broker.example: it holds a
    password, and a command line is seen by everybody on the machine. Bind each phone with `corridor token add --courier
    CODE --mqtt-name user/device`, and let the broker allow each user his own topic only. Beside a busy server use
    PostgreSQL: SQLite has one writer at a time.
    """
    try:
        from api.mqtt_receiver import Broker, BrokerAddressError, MqttReceiver
    except ModuleNotFoundError as error:
        raise click.ClickException("MQTT needs the extra `mqtt`: pip install 'corridor-dispatch[mqtt]'") from error
    from api.logs import configure_logs
    from api.tracking_service import PingWriter

    url = os.environ.get(URL, "")
    try:
        broker = Broker.from_url(url, root=root, client_id=client_id)
    except BrokerAddressError as error:
        raise click.ClickException(f"{error}; set {URL}") from error
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with open_services() as services:
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
