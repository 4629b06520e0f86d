"""Frames of the live stream: events with the present rows of what they touched, and positions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.db import board_store
from api.db.city_store import get_city_by_id
from api.db.day_store import city_day
from api.db.ping_store import Position
from api.db.tables import Event
from api.json_answer import json_bytes
from api.rows import Touched, build_rows, counters

_WHOLE_BOARD = frozenset({"plan.published"})


def event_frames(session: Session, events: Sequence[Event], now: datetime) -> list[tuple[int, bytes]]:
    """(event id, frame) of each event; all events are of one city, and what they touched is read once for all."""
    if not events:
        return []
    tenant_id, city_id = events[0].tenant_id, events[0].city_id
    day = city_day(session, get_city_by_id(session, tenant_id, city_id), now)
    each = [_touched(event) for event in events]
    if any(event.kind in _WHOLE_BOARD for event in events):
        everybody = set(board_store.couriers_of_city(session, tenant_id, city_id))
        for event, touched in zip(events, each, strict=True):
            if event.kind in _WHOLE_BOARD:
                touched.couriers |= everybody
    union = Touched(
        couriers=set().union(*(touched.couriers for touched in each)),
        causes=set().union(*(touched.causes for touched in each)),
        inbox=set().union(*(touched.inbox for touched in each)),
        orders=set().union(*(touched.orders for touched in each)),
    )
    rows = build_rows(session, day, union, now)
    shown = counters(session, day, now)
    return [
        (
            event.id,
            sse_frame(
                "event",
                {
                    "id": event.id,
                    "kind": event.kind,
                    "at": event.at,
                    "courier_id": event.courier_id,
                    "order_id": event.order_id,
                    "visit_id": event.visit_id,
                    "cause_id": event.cause_id,
                    "data": event.data,
                    "rows": {
                        "couriers": _pick(rows.couriers, touched.couriers),
                        "causes": _pick(rows.causes, touched.causes),
                        "inbox": _pick(rows.inbox, touched.inbox),
                        "orders": _pick(rows.orders, touched.orders),
                        "counters": shown,
                    },
                },
                event.id,
            ),
        )
        for event, touched in zip(events, each, strict=True)
    ]


def positions_frame(positions: Sequence[Position], now: datetime) -> bytes:
    """Where these couriers are; without an id, so that it never moves a reader's place in the log."""
    return sse_frame(
        "positions",
        {"now": now, "positions": [[p.courier_id, p.lon, p.lat, p.bearing_deg, p.fix_at] for p in positions]},
    )


def heartbeat_frame(event_id: int, now: datetime) -> bytes:
    """The stream lives, and this is the newest event of the log."""
    return sse_frame("heartbeat", {"now": now, "event_id": event_id})


def reset_frame(now: datetime) -> bytes:
    """What was asked for is not kept any more: take a new snapshot."""
    return sse_frame("reset", {"now": now})


def sse_frame(name: str, data: Any, event_id: int | None = None) -> bytes:
    """One server-sent event; JSON has no line breaks, so the data is one line."""
    head = b"" if event_id is None else b"id: %d\n" % event_id
    return b"%sevent: %s\ndata: %s\n\n" % (head, name.encode(), json_bytes(data))


def _touched(event: Event) -> Touched:
    inbox_id = event.data.get("inbox_id")
    return Touched(
        couriers={event.courier_id} if event.courier_id else set(),
        causes={event.cause_id} if event.cause_id else set(),
        inbox={inbox_id} if isinstance(inbox_id, str) else set(),
        orders=({event.order_id} if event.order_id else set()) | set(event.data.get("order_ids", ())),
    )


def _pick(rows: Mapping[str, dict[str, Any]], ids: set[str]) -> list[dict[str, Any]]:
    return [rows[one] for one in sorted(ids) if one in rows]
