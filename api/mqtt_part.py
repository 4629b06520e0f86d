"""On SQLite the service itself listens to the broker: a worker beside it would be a second writer of the file."""

from typing import TYPE_CHECKING

from api.context import Services
from api.runtime import Runtime
from api.settings import Settings
from api.tracking_service import PingWriter

if TYPE_CHECKING:
    from api.mqtt_receiver import Broker


class BrokerSettingsError(Exception):
    """The broker cannot be listened to; the message says why and what to do."""


def broker_of(settings: Settings) -> "Broker":
    """
    The broker that is set.

    Raises
    ------
    BrokerSettingsError
        When none is set, its address cannot be read, or the package that speaks MQTT is not installed.
    """
    try:
        from api.mqtt_receiver import Broker, BrokerAddressError
    except ModuleNotFoundError as error:
        raise BrokerSettingsError("MQTT needs the extra `mqtt`: pip install 'corridor-dispatch[mqtt]'") from error
    try:
        return Broker.from_url(settings.mqtt_url)
    except BrokerAddressError as error:
        raise BrokerSettingsError(f"{error}; set CORRIDOR_MQTT_URL") from error


def listens_itself(settings: Settings) -> bool:
    """Whether the service is the one that listens, not `corridor mqtt`."""
    return bool(settings.mqtt_url) and settings.url.startswith("sqlite")


def add_background(runtime: Runtime, services: Services) -> None:
    """The receiver, after the writer that it needs; a broker that is away is tried again and again."""
    if not listens_itself(services.settings):
        return
    broker = broker_of(services.settings)
    from api.mqtt_receiver import MqttReceiver

    receiver = MqttReceiver(services, runtime.get(PingWriter), broker)
    runtime.provide(receiver)
    runtime.add("mqtt receiver", receiver.start_when_reachable, receiver.stop)
