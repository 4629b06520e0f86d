"""
Traccar Client 10: one position a request, as a form in the body; what is unknown is left out.

Speeds are knots, batteries per cent. Sign of life: no coordinates. Source: traccar-client-sdk `HttpUploader.kt`.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from tracking.dialects.osmand import decode_fields
from tracking.dialects.request import Decoded, PhoneRequest

DIALECT = "traccar_form"


def decode(
    request: PhoneRequest, received_at: datetime, *, keys: Sequence[bytes] = (), zone: tzinfo | None = None
) -> Decoded:
    """The ping in a form; fields in the query of the address count too, and before the body's."""
    return decode_fields(request, received_at, zone, DIALECT)
