"""Which generation of the Traccar client speaks: an update of the app keeps its address, so its contents tell."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo

from tracking.dialects import osmand, traccar_form, traccar_json
from tracking.dialects.contents import fields_of
from tracking.dialects.json_body import looks_like_json
from tracking.dialects.request import Decoded, PhoneRequest


def decode(
    request: PhoneRequest, received_at: datetime, *, keys: Sequence[bytes] = (), zone: tzinfo | None = None
) -> Decoded:
    """The pings of any client that speaks the OsmAnd protocol, in any of its three forms."""
    # Not the Content-Type: a wrong or missing one must not cost a ping.
    if looks_like_json(request.body):
        decoded = traccar_json.decode(request, received_at, zone=zone)
        by_query = replace(request, body=b"")
        if decoded.pings or osmand.PLACE_OR_TIME.isdisjoint(fields_of(by_query)):
            return decoded
        # some send the position in the address, and an empty object or a broken one for company
        found = osmand.decode(by_query, received_at, zone=zone)
        return replace(found, refused=(*found.refused, *decoded.refused))
    if request.body.strip():
        return traccar_form.decode(request, received_at, zone=zone)
    return osmand.decode(request, received_at, zone=zone)
