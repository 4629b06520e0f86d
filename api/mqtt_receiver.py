"""OwnTracks phones that publish to an MQTT broker: each message is written as if posted, then acknowledged."""

import threading
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import structlog
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from api.actions.phones import find_phone_of_topic, take_decoded
from api.context import Services
from api.errors import ForbiddenError, UnauthorizedError, UnavailableError
from api.metrics import observe_pings
from api.tracking_service import PingWriter
from tracking.dialects.owntracks import device_of_topic
from tracking.dialects.owntracks_mqtt import TOPICS, decode_message

log = structlog.get_logger(__name__)

_TRY_AGAIN_S = 2.0
_QOS = 1
"""At least once: what is not acknowledged comes again, and the same again changes nothing."""


class BrokerAddressError(ValueError):
    """Raised when the address of a broker cannot be read; the message says what is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker is and who we are there. `root` is the first part of every topic."""

    host: str
    port: int
    tls: bool = False
    user: str | None = None
    password: str | None = None
    root: str = "owntracks"
    client_id: str = "corridor"

    @classmethod
    def from_url(cls, url: str, *, root: str = "", client_id: str = "corridor") -> "Broker":
        """
        Read `mqtt://user:password@host:1883/root`, or mqtts:// for TLS; without any root it is "owntracks".

        Raises
        ------
        BrokerAddressError
            When it is of another form.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise BrokerAddressError(f"the broker's address cannot be read: {error}") from error
        if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
            raise BrokerAddressError("expected a broker like mqtt://user:password@host:1883, or mqtts:// for TLS")
        return cls(
            host=parts.hostname,
            port=port or (8883 if parts.scheme == "mqtts" else 1883),
            tls=parts.scheme == "mqtts",
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            root=root or parts.path.strip("/") or "owntracks",
            client_id=client_id,
        )


class MqttReceiver:
    """
    Reads the broker's messages one after another and writes each before it is acknowledged.

    A message counts only under a `user/device` that was bound to a courier's token; that nobody else publishes under
    it is for the broker's own passwords to see to. The broker keeps what comes while we are away.
    """

    def __init__(self, services: Services, writer: PingWriter, broker: Broker) -> None:
        self._services = services
        self._writer = writer
        self._broker = broker
        self._stopping = threading.Event()
        self.subscribed = threading.Event()
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=broker.client_id, clean_session=False, manual_ack=True
        )
        self._client.username_pw_set(broker.user, broker.password) if broker.user else None
        if broker.tls:
            self._client.tls_set()
        self._client.on_connect = self._connected
        self._client.on_message = self._message
        self._client.on_subscribe = lambda *_: self.subscribed.set()
        self._client.reconnect_delay_set(min_delay=1, max_delay=30)

    def start(self) -> None:
        """
        Connect, and read in the background; a connection that is lost later is made anew.

        Raises
        ------
        OSError
            When the broker cannot be reached.
        """
        self._stopping.clear()
        self._client.connect(self._broker.host, self._broker.port)
        self._client.loop_start()

    def start_when_reachable(self) -> None:
        """Read in the background as soon as the broker can be reached, which is tried until `stop`."""
        self._stopping.clear()
        self._client.connect_async(self._broker.host, self._broker.port)
        self._client.loop_start()

    def stop(self) -> None:
        """Read no more; what was not acknowledged stays with the broker."""
        self._stopping.set()
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(
        self,
        client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            log.error("the broker does not let us in; check user and password", reason=str(reason))
            return
        client.subscribe([(f"{self._broker.root}/{topic}", _QOS) for topic in TOPICS])
        log.info("listening to the broker", host=self._broker.host)

    def _message(self, client: Client, _userdata: object, message: MQTTMessage) -> None:
        while not self._stopping.is_set():
            try:
                self._take(message)
            except UnavailableError:
                self._stopping.wait(_TRY_AGAIN_S)
                continue
            except (ForbiddenError, UnauthorizedError) as error:
                log.warning("a message of nobody who may send any", why=str(error))
            except Exception:
                # one that breaks us would come again for ever, before all that wait behind it
                log.exception("a message was not understood and is left out")
            client.ack(message.mid, message.qos)
            return

    def _take(self, message: MQTTMessage) -> None:
        if message.retain:  # the broker's copy of something old, sent at every connection
            return
        name = device_of_topic(message.topic, self._broker.root)
        phone = find_phone_of_topic(self._services, name) if name is not None else None
        if phone is None:
            log.warning("a message under a name that is bound to no phone", name=name)
            return
        now = self._services.clock.now()
        root, keys, zone = self._broker.root, phone.keys, phone.zone
        decoded = decode_message(message.topic, bytes(message.payload), now, root=root, keys=keys, zone=zone)
        observe_pings(decoded.dialect, take_decoded(self._services, self._writer.run, phone, decoded, now))
