"""Which generation of the Traccar client speaks: an update of the app keeps its address, so its contents tell."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from tracking.dialects import osmand, traccar_form, traccar_json
from tracking.dialects.contents import looks_like_json
from tracking.dialects.request import Decoded, PhoneRequest


def decode(
    request: PhoneRequest, received_at: datetime, *, keys: Sequence[bytes] = (), zone: tzinfo | None = None
) -> Decoded:
    """The pings of any client that speaks the OsmAnd protocol, in any of its three forms."""
    # Not the Content-Type: a wrong or missing one must not cost a ping.
    if looks_like_json(request.body):
        return traccar_json.decode(request, received_at, zone=zone)
    if request.body.strip():
        return traccar_form.decode(request, received_at, zone=zone)
    return osmand.decode(request, received_at, zone=zone)
