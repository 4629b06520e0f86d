"""OwnTracks over MQTT: one message of a broker, told by its topic."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from tracking.dialects.owntracks import ANSWER, DIALECT, device_of_topic, read_message
from tracking.dialects.reading import Findings
from tracking.dialects.request import Decoded

TOPICS = ("+/+", "+/+/event")
"""What to subscribe to, each behind the root and a slash."""


def decode_message(
    topic: str,
    payload: bytes,
    received_at: datetime,
    *,
    retained: bool = False,
    root: str = "owntracks",
    keys: Sequence[bytes] = (),
    zone: tzinfo | None = None,
) -> Decoded:
    """
    The ping in a message; `answer` means nothing here.

    A retained message is not read: the broker repeats it at each connection, however old it is.
    """
    findings = Findings(DIALECT, received_at, zone)
    device = device_of_topic(topic, root)
    findings.name_device(device)
    suffix = topic.removeprefix(f"{root.strip('/')}/").split("/")[2:]
    if device is None or len(suffix) > 1:
        findings.ignore("foreign_topic", f"expected a topic {root}/user/device, got {topic[:200]}", payload)
    elif suffix == ["cmd"]:
        findings.ignore("cmd", "a command to the phone", payload)
    elif retained:
        findings.ignore("retained", "the broker's stored copy of an older message", payload)
    else:
        read_message(payload, findings, keys)
    return findings.decoded(ANSWER)
