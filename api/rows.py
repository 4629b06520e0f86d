"""The console's rows as docs/api.md names them, for any set of couriers, causes, inbox lines and orders at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from api.db import board_store, cause_store, inbox_store, jam_store, ping_store
from api.db.actor_store import names_of_actors
from api.db.board_store import CourierFacts, OrderFacts
from api.db.day_store import CityDay
from api.db.tables import Cause, CauseOrder, InboxLine, JamCourier, VisitEta
from desk.alarm import DELAYS, SOS, Affected, AlarmLevel, alarm_level
from desk.promise import Likely, Standing, on_time_share, standing
from tracking.events import DeviationKind, Level

_RANK = {Level.ON_TIME: 0, Level.AT_RISK: 1, Level.LATE: 2}
_DEVIATIONS = frozenset(kind.value for kind in DeviationKind) | DELAYS | {SOS}

type Row = dict[str, Any]


@dataclass(slots=True)
class Touched:
    """Ids of the things whose rows are wanted."""

    couriers: set[str] = field(default_factory=set)
    causes: set[str] = field(default_factory=set)
    inbox: set[str] = field(default_factory=set)
    orders: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Rows:
    """The present rows by id."""

    couriers: dict[str, Row]
    causes: dict[str, Row]
    inbox: dict[str, Row]
    orders: dict[str, Row]


def build_rows(session: Session, day: CityDay, touched: Touched, now: datetime) -> Rows:
    """The present rows of everything touched; what belongs to another tenant or does not exist is left out."""
    tenant_id = day.city.tenant_id
    plan_id = day.plan.id if day.plan else None
    causes = cause_store.list_causes(session, tenant_id, touched.causes)
    lines = inbox_store.list_lines(session, tenant_id, touched.inbox)
    pairs = _by_cause(cause_store.orders_of_causes(session, tenant_id, touched.causes))
    parts = _by_cause(jam_store.parts_of_causes(session, tenant_id, touched.causes))
    courier_ids = touched.couriers | {cause.courier_id for cause in causes if cause.courier_id}
    courier_ids.update(part.courier_id for jam in parts.values() for part in jam)
    couriers = board_store.load_couriers(session, tenant_id, courier_ids, day.on_date, plan_id)
    order_ids = set(touched.orders) | {line.order_id for line in lines}
    order_ids.update(pair.order_id for linked in pairs.values() for pair in linked)
    order_ids.update(order_id for courier in couriers for order_id in courier.order_ids)
    orders = board_store.load_orders(session, tenant_id, order_ids, plan_id)
    return Rows(
        couriers={
            row["id"]: row
            for row in _courier_rows(session, [c for c in couriers if c.courier.id in touched.couriers], orders, now)
        },
        causes={row["id"]: row for row in _cause_rows(session, causes, pairs, parts, couriers, orders, now)},
        inbox={row["id"]: row for row in _inbox_rows(session, lines, orders, now)},
        orders={order_id: order_row(orders[order_id]) for order_id in sorted(touched.orders) if order_id in orders},
    )


def likely_of(eta: VisitEta) -> Likely:
    """The estimate as the desk's arithmetic takes it."""
    return Likely(early_at=eta.early_at, expected_at=eta.expected_at, late_at=eta.late_at)


def standing_of(facts: OrderFacts) -> Standing | None:
    """How an order's arrival stands to its latest promise; None without an estimate."""
    return standing(likely_of(facts.eta), facts.promised_until_at) if facts.eta and facts.is_open else None


def order_row(facts: OrderFacts) -> Row:
    """OrderRow."""
    order, visit, eta, promises = facts.order, facts.visit, facts.eta, facts.promises
    stands = standing_of(facts)
    return {
        "id": order.id,
        "order_no": order.order_no,
        "client_name": order.client_name,
        "language": order.language,
        "status": order.status,
        "status_detail": order.status_detail,
        "courier_id": facts.courier_id,
        "courier_name": facts.courier_name,
        "visit_id": visit.id if visit else None,
        "visit_state": visit.state if visit else None,
        "sequence": facts.place.sequence if facts.place else None,
        "eta": {"early_at": eta.early_at, "expected_at": eta.expected_at, "late_at": eta.late_at}
        if eta and facts.is_open
        else None,
        "promise": {
            "from_at": promises.latest.from_at,
            "until_at": promises.latest.until_at,
            "first_until_at": promises.first.until_at,
        }
        if promises
        else None,
        "level": stands.level if stands else "none",
        "late_min": stands.late_min if stands else None,
        "risk_share": stands.risk_share if stands else None,
        "reason": eta.reason if eta else None,
        "cause_id": eta.cause_id if eta else None,
        "windows": order.windows,
        "address": order.address,
        "lon": order.lon,
        "lat": order.lat,
        "unassigned": {
            "code": facts.unassigned.code,
            "message": facts.unassigned.message,
            "remedy": next((one["text"] for one in facts.unassigned.remedies), None),
        }
        if facts.unassigned and facts.is_open
        else None,
    }


def counters(session: Session, day: CityDay, now: datetime) -> Row:
    """Counters."""
    tenant_id, city_id = day.city.tenant_id, day.city.id
    courier_ids = board_store.couriers_of_city(session, tenant_id, city_id)
    levels = board_store.count_levels(session, tenant_id, courier_ids)
    open_causes = cause_store.open_causes_of_couriers(session, tenant_id, courier_ids)
    recent = cause_store.causes_noticed_since(session, tenant_id, city_id, now - timedelta(hours=1))
    alarms = build_rows(session, day, Touched(causes=set(recent)), now).causes.values()
    return {
        "on_time_share": on_time_share(list(board_store.arrivals_of_day(session, tenant_id, city_id, day.on_date))),
        "late": levels.get(Level.LATE, 0),
        "at_risk": levels.get(Level.AT_RISK, 0),
        "unassigned": len(board_store.unassigned_ids(session, tenant_id, day.plan.id)) if day.plan else 0,
        "no_signal": len({cause.courier_id for cause in open_causes if cause.kind == DeviationKind.GAP}),
        "to_tell": inbox_store.open_count(session, tenant_id, city_id),
        "alarms_last_hour": sum(row["level"] <= AlarmLevel.DECIDE and row["shows_at"] <= now for row in alarms),
        "needs_address": board_store.count_status(session, tenant_id, city_id, day.on_date, "needs_address"),
    }


def _by_cause[Linked: (CauseOrder, JamCourier)](pairs: Iterable[Linked]) -> dict[str, list[Linked]]:
    found: dict[str, list[Linked]] = {}
    for pair in pairs:
        found.setdefault(pair.cause_id, []).append(pair)
    return found


def _courier_rows(
    session: Session, couriers: Sequence[CourierFacts], orders: Mapping[str, OrderFacts], now: datetime
) -> list[Row]:
    if not couriers:
        return []
    tenant_id = couriers[0].courier.tenant_id
    ids = [facts.courier.id for facts in couriers]
    positions = ping_store.latest_positions(session, tenant_id, ids)
    seen = ping_store.last_seen(session, tenant_id, ids)
    deviations = _deviations(session, tenant_id, ids)
    return [
        _courier_row(
            facts,
            [orders[order_id] for order_id in facts.order_ids if order_id in orders],
            deviations.get(facts.courier.id, []),
            positions.get(facts.courier.id),
            seen.get(facts.courier.id),
        )
        for facts in couriers
    ]


def _deviations(session: Session, tenant_id: str, courier_ids: Collection[str]) -> dict[str, list[Row]]:
    """What is wrong with each courier now, earliest first; a jam is his own part of it."""
    found: dict[str, list[Row]] = {}
    for cause in cause_store.open_causes_of_couriers(session, tenant_id, courier_ids):
        if cause.courier_id is not None and cause.kind in _DEVIATIONS and cause.kind != DeviationKind.SLOW_TRAFFIC:
            found.setdefault(cause.courier_id, []).append(_deviation(cause.kind, cause.id, cause))
    for part in jam_store.open_parts_of_couriers(session, tenant_id, courier_ids):
        one = _deviation(DeviationKind.SLOW_TRAFFIC.value, part.cause_id, part)
        found.setdefault(part.courier_id, []).append(one)
    return {courier_id: sorted(each, key=lambda one: one["since_at"]) for courier_id, each in found.items()}


def _deviation(kind: str, cause_id: str, seen: Cause | JamCourier) -> Row:
    return {"kind": kind, "cause_id": cause_id, "measure": seen.measure, "since_at": seen.since_at}


def _courier_row(
    facts: CourierFacts,
    route: Sequence[OrderFacts],
    deviations: Sequence[Row],
    position: ping_store.Position | None,
    last_seen_at: datetime | None,
) -> Row:
    to_do = [stop for stop in route if stop.visit is not None and stop.visit.state in {"open", "arrived"}]
    standings = [(stop, stands) for stop in to_do if (stands := standing_of(stop)) is not None]
    worst = max(standings, key=lambda pair: _badness(pair[1]), default=None)
    shift = facts.shift
    return {
        "id": facts.courier.id,
        "code": facts.courier.code,
        "name": facts.courier.name,
        "state": _courier_state(facts, route, to_do),
        "level": worst[1].level if worst else "none",
        "deviations": list(deviations),
        "position": {
            "lon": position.lon,
            "lat": position.lat,
            "bearing_deg": position.bearing_deg,
            "speed_mps": position.speed_mps,
            "accuracy_m": position.accuracy_m,
            "fix_at": position.fix_at,
        }
        if position
        else None,
        "last_seen_at": last_seen_at,
        "worst": _worst(*worst) if worst else None,
        "done": sum(stop.visit is not None and stop.visit.state in {"delivered", "failed"} for stop in route),
        "total": sum(stop.visit is not None and stop.visit.state != "dropped" for stop in route),
        "shift": {"id": shift.id, "starts_at": shift.starts_at, "ends_at": shift.ends_at, "state": shift.state}
        if shift
        else None,
        "next_visit_id": to_do[0].visit.id if to_do and to_do[0].visit else None,
    }


def _badness(stands: Standing) -> tuple[int, float, float]:
    return _RANK[stands.level], float(stands.late_min or 0), stands.risk_share or 0.0


def _worst(stop: OrderFacts, stands: Standing) -> Row | None:
    if stop.eta is None:
        return None
    return {
        "order_id": stop.order.id,
        "order_no": stop.order.order_no,
        "early_at": stop.eta.early_at,
        "expected_at": stop.eta.expected_at,
        "late_at": stop.eta.late_at,
        "promised_until_at": stop.promised_until_at,
        "late_min": stands.late_min,
        "risk_share": stands.risk_share,
    }


def _courier_state(facts: CourierFacts, route: Sequence[OrderFacts], to_do: Sequence[OrderFacts]) -> str:
    if facts.shift is None or facts.shift.state == "planned":
        return "not_started"
    if facts.shift.state == "ended" or (route and not to_do):
        return "finished"
    at_stop = any(stop.visit is not None and stop.visit.state == "arrived" and not stop.visit.left_at for stop in to_do)
    return "at_stop" if at_stop else "moving"


def _cause_rows(
    session: Session,
    causes: Sequence[Cause],
    pairs: Mapping[str, Sequence[CauseOrder]],
    parts: Mapping[str, Sequence[JamCourier]],
    couriers: Sequence[CourierFacts],
    orders: Mapping[str, OrderFacts],
    now: datetime,
) -> list[Row]:
    if not causes:
        return []
    tenant_id = causes[0].tenant_id
    to_tell = inbox_store.to_tell_by_cause(session, tenant_id, [cause.id for cause in causes])
    names = names_of_actors(
        session, tenant_id, [cause.taken_by for cause in causes] + [cause.acknowledged_by for cause in causes]
    )
    by_courier = {facts.courier.id: facts for facts in couriers}
    return [
        _cause_row(cause, pairs.get(cause.id, ()), by_courier.get(cause.courier_id or ""), orders, names, now)
        | {"to_tell": to_tell[cause.id], "couriers": _couriers_of(cause, parts.get(cause.id, ()), by_courier)}
        for cause in causes
    ]


def _couriers_of(
    cause: Cause, parts: Sequence[JamCourier], by_courier: Mapping[str, CourierFacts]
) -> list[dict[str, Any]]:
    """Whom it holds up: in a jam everybody who is or was in it, longest first; one who never was is left out."""
    if cause.kind != DeviationKind.SLOW_TRAFFIC:
        whose = [(cause.courier_id, cause.measure, cause.since_at, cause.closed_at)] if cause.courier_id else []
    else:
        held_up = [part for part in parts if part.state != "retracted" or cause.state == "retracted"]
        whose = [(part.courier_id, part.measure, part.since_at, part.closed_at) for part in held_up]
    return [
        {
            "id": courier_id,
            "name": by_courier[courier_id].courier.name,
            "measure": measure,
            "since_at": since_at,
            "left_at": left_at,
        }
        for courier_id, measure, since_at, left_at in whose
        if courier_id in by_courier
    ]


def _cause_row(
    cause: Cause,
    linked: Sequence[CauseOrder],
    courier: CourierFacts | None,
    orders: Mapping[str, OrderFacts],
    names: Mapping[str, str],
    now: datetime,
) -> Row:
    behind = [orders[pair.order_id] for pair in linked if pair.order_id in orders]
    waiting = [facts for facts in behind if facts.is_open]
    affected = [
        Affected(
            level=stands.level if (stands := standing_of(f)) else Level.ON_TIME, promised_until_at=f.promised_until_at
        )
        for f in waiting
    ]
    shifts_min = [
        round((pair.after_at - pair.before_at).total_seconds() / 60)
        for pair in linked
        if pair.before_at is not None and pair.after_at is not None
    ]
    level = alarm_level(cause.kind, cause.since_at, cause.closed_at or now, affected, _next_promise(courier, orders))
    return {
        "id": cause.id,
        "kind": cause.kind,
        "level": int(level),
        "state": cause.state,
        "courier_id": cause.courier_id,
        "courier_name": courier.courier.name if courier else None,
        "courier_phone": courier.courier.phone_e164 if courier and cause.kind == SOS else None,
        "since_at": cause.since_at,
        "noticed_at": cause.noticed_at,
        "shows_at": cause.shows_at,
        "closed_at": cause.closed_at,
        "measure": cause.measure,
        "lon": cause.lon,
        "lat": cause.lat,
        "street": cause.street,
        "order_ids": [facts.order.id for facts in behind],
        "promises_moved": len(behind),
        "promises_broken": sum(order.level is Level.LATE for order in affected),
        "shift_min_from": min(shifts_min, default=None),
        "shift_min_to": max(shifts_min, default=None),
        "first_promise_at": min((a.promised_until_at for a in affected if a.promised_until_at), default=None),
        "taken_by": names.get(cause.taken_by or ""),
        "acknowledged_by": names.get(cause.acknowledged_by or ""),
        "acknowledged_at": cause.acknowledged_at,
    }


def _next_promise(courier: CourierFacts | None, orders: Mapping[str, OrderFacts]) -> datetime | None:
    if courier is None:
        return None
    stops: Collection[OrderFacts] = [orders[order_id] for order_id in courier.order_ids if order_id in orders]
    return min((s.promised_until_at for s in stops if s.is_open and s.promised_until_at), default=None)


def _inbox_rows(
    session: Session, lines: Sequence[InboxLine], orders: Mapping[str, OrderFacts], now: datetime
) -> list[Row]:
    if not lines:
        return []
    actors = [actor for line in lines for actor in (line.locked_by, line.acknowledged_by, line.told_by)]
    names = names_of_actors(session, lines[0].tenant_id, actors)
    return [_inbox_row(line, orders[line.order_id], names, now) for line in lines if line.order_id in orders]


def _inbox_row(line: InboxLine, facts: OrderFacts, names: Mapping[str, str], now: datetime) -> Row:
    is_locked = line.locked_until_at is not None and line.locked_until_at > now
    likely = Likely(early_at=line.early_at, expected_at=line.expected_at, late_at=line.late_at)
    return {
        "id": line.id,
        "order_id": line.order_id,
        "order_no": facts.order.order_no,
        "client_name": facts.order.client_name,
        "language": facts.order.language,
        "courier_id": facts.courier_id,
        "cause_id": line.cause_id,
        "reason": line.reason,
        "level": line.level,
        "state": line.state,
        "promised_from_at": line.promised_from_at,
        "promised_until_at": line.promised_until_at,
        "early_at": line.early_at,
        "expected_at": line.expected_at,
        "late_at": line.late_at,
        "late_min": standing(likely, line.promised_until_at).late_min,
        "path": line.path,
        "locked_by": names.get(line.locked_by or "") if is_locked else None,
        "locked_until_at": line.locked_until_at if is_locked else None,
        "acknowledged_by": names.get(line.acknowledged_by or ""),
        "told_by": names.get(line.told_by or ""),
        "told_at": line.told_at,
        "told_channel": line.told_channel,
        "created_at": line.created_at,
        "updated_at": line.updated_at,
    }
