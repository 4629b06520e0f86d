"""Tiny problem files, made here."""

import json
from collections.abc import Sequence
from typing import Any

CUSTOMERS = (
    (1, 3, 4, 5, 0, 100, 2),
    (2, 6, 8, 5, 0, 100, 2),
    (3, 0, 5, 5, 0, 100, 2),
    (4, -3, -4, 5, 20, 40, 2),
)


def solomon(
    customers: Sequence[Sequence[object]] = CUSTOMERS,
    vehicles: int = 2,
    capacity: int = 15,
    depot: Sequence[object] = (0, 0, 0, 0, 0, 200, 0),
) -> str:
    rows = "\n".join("  ".join(str(number) for number in row) for row in (depot, *customers))
    return (
        f"TINY\n\nVEHICLE\nNUMBER     CAPACITY\n  {vehicles}   {capacity}\n\nCUSTOMER\n"
        f"CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME\n\n{rows}\n"
    )


PAIRS = (
    (1, 1, 1, 4, 0, 100, 1, 0, 2),
    (2, 3, 3, -4, 0, 100, 1, 1, 0),
    (3, -2, 0, 6, 0, 100, 1, 0, 4),
    (4, -5, 0, -6, 10, 100, 1, 3, 0),
)


def li_lim(stops: Sequence[Sequence[object]] = PAIRS, head: str = "2 10 1") -> str:
    rows = "\n".join("\t".join(str(number) for number in row) for row in ((0, 0, 0, 0, 0, 200, 0, 0, 0), *stops))
    return f"{head}\n{rows}\n"


def vroom(**changes: Any) -> dict[str, Any]:
    """Two jobs and a shipment on a matrix of four places, for one vehicle."""
    document: dict[str, Any] = {
        "vehicles": [{"id": 1, "start_index": 0, "end_index": 0, "capacity": [4], "time_window": [0, 10_000]}],
        "jobs": [
            {"id": 11, "location_index": 1, "delivery": [1], "service": 60},
            {"id": 12, "location_index": 2, "pickup": [2], "service": 60},
        ],
        "shipments": [
            {
                "amount": [1],
                "pickup": {"id": 21, "location_index": 2},
                "delivery": {"id": 22, "location_index": 3, "time_windows": [[0, 9_000]]},
            }
        ],
        "matrices": {
            "car": {
                "durations": [[0, 100, 200, 300], [110, 0, 150, 250], [210, 160, 0, 120], [310, 260, 130, 0]],
                "distances": [[0, 10, 20, 30], [11, 0, 15, 25], [21, 16, 0, 12], [31, 26, 13, 0]],
            }
        },
    }
    return {**document, **changes}


def as_bytes(document: Any) -> bytes:
    return json.dumps(document).encode()
