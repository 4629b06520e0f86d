"""Everything said and done about an order, newest first, and the last change of its time with the reason."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.db.actor_store import names_of_actors
from api.db.answer_store import events_of_order
from api.db.promise_store import list_promises
from api.db.tables import Event, Order

_KINDS = (
    "eta.changed",
    "visit.arrived",
    "visit.completed",
    "order.created",
    "order.edited",
    "order.cancelled",
    "inbox.acknowledged",
    "inbox.retracted",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Entries `{at, kind, ...}` newest first; `last_change` is None while the time never changed."""

    entries: list[dict[str, Any]]
    last_change: dict[str, Any] | None


def order_history(session: Session, tenant_id: str, order: Order) -> History:
    """Promises, changed estimates, visits and edits of one order."""
    promises = list_promises(session, tenant_id, [order.id])
    names = names_of_actors(session, tenant_id, [promise.told_by for promise in promises])
    events = events_of_order(session, tenant_id, order.id, _KINDS)
    entries: list[dict[str, Any]] = [
        {
            "at": promise.told_at,
            "kind": "promise",
            "from_at": promise.from_at,
            "until_at": promise.until_at,
            "channel": promise.channel,
            "language": promise.language,
            "words": promise.words,
            "by": names.get(promise.told_by, promise.told_by),
        }
        for promise in promises
    ]
    entries += [_entry(event) for event in events]
    entries.sort(key=lambda entry: entry["at"], reverse=True)
    change = next((event for event in events if event.kind == "eta.changed" and event.data.get("old")), None)
    return History(entries=entries, last_change=_change(change) if change else None)


def _entry(event: Event) -> dict[str, Any]:
    params = {key: value for key, value in event.data.items() if key not in {"kind", "at"}}
    return {"at": event.at, "kind": event.kind, "cause_id": event.cause_id} | params


def _change(event: Event) -> dict[str, Any]:
    return {
        "at": event.at,
        "old_at": _instant(event.data["old"]["expected_at"]),
        "new_at": _instant(event.data["new"]["expected_at"]),
        "reason": event.data["reason"],
        "cause_kind": event.data.get("cause_kind"),
    }


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
