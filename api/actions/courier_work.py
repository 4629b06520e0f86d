"""What a courier's phone does besides telling where it is: tasks, begin and end of the shift, outcomes of visits."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy.orm import Session

from api.actions.causes import settle_order
from api.actions.inbox_lines import finish_line
from api.actions.tracking import end_route, move
from api.context import Caller, Services
from api.db import audit, courier_work_store
from api.db.board_store import current_shifts
from api.db.city_store import get_city_by_id
from api.db.courier_state_store import lock_courier
from api.db.courier_work_store import Task
from api.db.day_store import CityDay, city_day
from api.db.eta_store import forget_etas
from api.db.event_log import append_event
from api.db.tables import Courier, Depot, Order, Outcome, Shift, Visit
from api.errors import ConflictError, NotFoundError, UnauthorizedError
from tracking import pipeline

_NEAR = timedelta(hours=12)


def read_tasks(services: Services, caller: Caller) -> dict[str, Any]:
    """The courier's shift of today and its stops, with all he needs at the door."""
    now = services.clock.now()
    with services.db.read() as session:
        courier = _courier(session, caller)
        day = city_day(session, get_city_by_id(session, caller.tenant_id, courier.city_id), now)
        shift = current_shifts(session, caller.tenant_id, [courier.id], day.on_date).get(courier.id)
        tasks = (
            courier_work_store.list_tasks(session, caller.tenant_id, day.plan.id, shift.id)
            if shift is not None and day.plan is not None
            else ()
        )
        return {
            "shift": _shift_with_depots(session, shift) if shift else None,
            "plan_version": day.plan.version if day.plan else None,
            "tasks": [_task_row(task, day) for task in tasks],
        }


def in_place_of(services: Services, caller: Caller, courier_id: str) -> Caller:
    """
    A person of the office who does for a courier what his app cannot; the audit log keeps the person.

    Raises
    ------
    NotFoundError
        When there is no such courier.
    """
    with services.db.read() as session:
        courier = session.get(Courier, courier_id)
        if courier is None or courier.tenant_id != caller.tenant_id:
            raise NotFoundError("there is no such courier")
    return replace(caller, courier_id=courier_id)


def start_shift(
    session: Session, services: Services, caller: Caller, at: datetime | None, now: datetime
) -> dict[str, Any]:
    """
    Begin the shift: from now on the phone's silence is a gap, and the orders on the route are on their way.

    A second time changes nothing.

    Raises
    ------
    NotFoundError
        When the courier has no shift around now.
    """
    courier = _lock(session, caller)
    shift = _shift_of_now(session, courier, now, ("started", "planned"))
    if shift.state == "started":
        return shift_row(shift)
    shift.state = "started"
    shift.started_at = min(at or now, now)
    session.flush()
    day = city_day(session, get_city_by_id(session, caller.tenant_id, courier.city_id), now)
    if day.plan is not None:
        courier_work_store.mark_on_route(session, caller.tenant_id, day.plan.id, shift.id, now)
    _tell_shift(session, caller, courier, shift, "shift.started", {"state": "planned"}, now)
    move(
        session,
        services,
        caller.tenant_id,
        courier.id,
        now,
        lambda state, f: pipeline.tick(
            pipeline.expect_phone(state, True, now), f.line, f.roads, now, factors=f.factors, rules=f.rules
        ),
    )
    return shift_row(shift)


def end_shift(
    session: Session, services: Services, caller: Caller, at: datetime | None, now: datetime
) -> dict[str, Any]:
    """
    End the shift; a second time changes nothing.

    Raises
    ------
    NotFoundError
        When the courier has no shift around now.
    ConflictError
        When it has not begun.
    """
    courier = _lock(session, caller)
    shift = _shift_of_now(session, courier, now, ("started", "ended", "planned"))
    if shift.state == "ended":
        return shift_row(shift)
    if shift.state != "started":
        raise ConflictError("this shift has not begun; start it first with POST /v1/me/shift/start")
    _end(session, services, caller, courier, shift, min(at or now, now), now)
    return shift_row(shift)


def end_broken_shift(session: Session, services: Services, caller: Caller, shift_id: str, now: datetime) -> None:
    """End the shift of a courier who drives no further, by a dispatcher's word; one that has ended stays as it is."""
    shift = session.get(Shift, shift_id)
    if shift is None or shift.tenant_id != caller.tenant_id or shift.state == "ended":
        return
    courier = lock_courier(session, caller.tenant_id, shift.courier_id)
    if courier is None:
        return
    _end(session, services, caller, courier, shift, now, now)


def _end(
    session: Session,
    services: Services,
    caller: Caller,
    courier: Courier,
    shift: Shift,
    ended_at: datetime,
    now: datetime,
) -> None:
    before = {"state": shift.state}
    shift.state, shift.ended_at = "ended", ended_at
    session.flush()
    _tell_shift(session, caller, courier, shift, "shift.ended", before, now)
    end_route(session, services, caller.tenant_id, courier.id, now)


def record_outcome(
    session: Session,
    services: Services,
    caller: Caller,
    *,
    visit_id: str,
    outcome_id: str,
    kind: Literal["delivered", "failed"],
    reason: str | None,
    note: str,
    device_at: datetime,
    now: datetime,
) -> dict[str, Any]:
    """
    How a visit ended, by the courier's word and his phone's clock. The same `outcome_id` again changes nothing.

    Raises
    ------
    NotFoundError
        When the visit is unknown, dropped, or not on this courier's route.
    ConflictError
        When another outcome of this visit was taken before.
    """
    courier = _lock(session, caller)
    day = city_day(session, get_city_by_id(session, caller.tenant_id, courier.city_id), now)
    plan_id = day.plan.id if day.plan else None
    found = courier_work_store.find_own_visit(session, caller.tenant_id, courier.id, visit_id, plan_id)
    if found is None:
        raise NotFoundError("there is no such visit on your route; load your tasks again")
    visit, order = found
    if any(
        known.outcome_id == outcome_id
        for known in courier_work_store.list_outcomes(session, caller.tenant_id, visit_id)
    ):
        return {"visit_id": visit.id, "state": visit.state, "outcome_id": outcome_id}
    if visit.state == "dropped":
        raise NotFoundError("this visit was dropped; load your tasks again")
    if visit.state in {"delivered", "failed"}:
        raise ConflictError(f"this visit ended before as {visit.state}; a dispatcher can correct it")
    # A phone's clock may be wrong: nothing ends in the future.
    done_at = min(device_at, now)
    courier_work_store.add_outcome(
        session,
        Outcome(
            visit_id=visit.id,
            outcome_id=outcome_id,
            tenant_id=caller.tenant_id,
            courier_id=courier.id,
            kind=kind,
            failure_reason=reason,
            note=note,
            device_at=device_at,
            received_at=now,
        ),
    )
    before = {"visit": visit.state, "order": order.status}
    _finish(visit, order, kind, reason, done_at, now)
    session.flush()
    audit.record(
        session,
        caller,
        now,
        action="visit.completed",
        entity="visit",
        entity_id=visit.id,
        before=before,
        after={"visit": visit.state, "order": order.status, "reason": reason},
    )
    append_event(
        session,
        tenant_id=caller.tenant_id,
        city_id=order.city_id,
        kind="visit.completed",
        at=done_at,
        now=now,
        courier_id=courier.id,
        order_id=order.id,
        visit_id=visit.id,
        data={"outcome": kind, "reason": reason, "device_at": device_at.isoformat()},
    )
    forget_etas(session, caller.tenant_id, [visit.id])
    finish_line(session, visit, courier.id, now)
    move(
        session,
        services,
        caller.tenant_id,
        courier.id,
        now,
        lambda state, f: pipeline.complete_visit(
            state, f.line, visit.id, done_at, now, roads=f.roads, factors=f.factors, rules=f.rules
        ),
    )
    forget_etas(session, caller.tenant_id, [visit.id])
    settle_order(session, caller.tenant_id, order.id, plan_id, now)
    return {"visit_id": visit.id, "state": visit.state, "outcome_id": outcome_id}


def shift_row(shift: Shift) -> dict[str, Any]:
    """A shift as phones see it."""
    return {
        "id": shift.id,
        "date": shift.on_date.isoformat(),
        "starts_at": shift.starts_at,
        "ends_at": shift.ends_at,
        "state": shift.state,
        "started_at": shift.started_at,
        "ended_at": shift.ended_at,
    }


def _shift_with_depots(session: Session, shift: Shift) -> dict[str, Any]:
    """The shift and where it loads and ends: what a phone's navigator has to know."""
    places = {}
    for name, depot_id in (("start_depot", shift.start_depot_id), ("end_depot", shift.end_depot_id)):
        depot = session.get_one(Depot, depot_id)
        places[name] = {"name": depot.name, "address": depot.address, "lon": depot.lon, "lat": depot.lat}
    return shift_row(shift) | places


def _finish(visit: Visit, order: Order, kind: str, reason: str | None, done_at: datetime, now: datetime) -> None:
    visit.state = kind
    visit.done_at = done_at
    visit.arrived_at = min(visit.arrived_at or done_at, done_at)
    visit.failure_reason = reason
    order.status = kind
    order.status_detail = reason or ""
    order.updated_at = now


def _task_row(task: Task, day: CityDay) -> dict[str, Any]:
    order = task.order
    return {
        "visit_id": task.visit.id,
        "order_no": order.order_no,
        "sequence": task.place.sequence,
        "state": task.visit.state,
        "address": order.address,
        "entrance": order.entrance,
        "floor": order.floor,
        "flat": order.flat,
        "door_code": order.door_code,
        "landmark": order.landmark,
        "note": order.note,
        "lon": task.place.lon,
        "lat": task.place.lat,
        "window": order.windows[0] if order.windows else None,
        "planned_arrives_at": task.place.arrives_at,
        "client_name": order.client_name,
        "phone": order.phone_e164,
        "payment": {
            "form": order.payment_form,
            "due_minor": order.due_minor,
            "change_from_minor": order.change_from_minor,
            "currency": day.city.currency,
        },
        "items": order.items,
        "service_s": order.service_s,
    }


def _courier(session: Session, caller: Caller) -> Courier:
    courier = session.get(Courier, caller.courier_id) if caller.courier_id else None
    if courier is None or courier.tenant_id != caller.tenant_id:
        raise UnauthorizedError("the courier of this token is unknown; make a new token")
    return courier


def _lock(session: Session, caller: Caller) -> Courier:
    courier = lock_courier(session, caller.tenant_id, caller.courier_id) if caller.courier_id else None
    if courier is None:
        raise UnauthorizedError("the courier of this token is unknown; make a new token")
    return courier


def _shift_of_now(session: Session, courier: Courier, now: datetime, states: tuple[str, ...]) -> Shift:
    near = courier_work_store.shifts_near(session, courier.tenant_id, courier.id, now - _NEAR, now + _NEAR)
    for state in states:
        of_state = [shift for shift in near if shift.state == state]
        if of_state:
            # Of ended shifts the last counts, of others the first.
            return of_state[-1] if state == "ended" else of_state[0]
    raise NotFoundError("you have no shift around now; ask your dispatcher")


def _tell_shift(
    session: Session, caller: Caller, courier: Courier, shift: Shift, kind: str, before: dict[str, Any], now: datetime
) -> None:
    audit.record(
        session,
        caller,
        now,
        action=kind,
        entity="shift",
        entity_id=shift.id,
        before=before,
        after={"state": shift.state},
    )
    append_event(
        session,
        tenant_id=courier.tenant_id,
        city_id=courier.city_id,
        kind=kind,
        at=now,
        now=now,
        courier_id=courier.id,
        data={"shift_id": shift.id},
    )
