"""Moves what is known of couriers on: by pings, by time, by outcomes and by new plans; and writes down what follows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api.actions.causes import settle_cause, sync_unassigned
from api.actions.inbox_lines import finish_line
from api.actions.learning import factors_of, keep_forecasts, learn_from_visit
from api.actions.tracking_events import write_events
from api.actions.tracking_rules import permitted_area, rules_of
from api.context import Caller, Services
from api.db import cause_store, plan_store, route_line_store
from api.db.board_store import current_shifts
from api.db.city_store import get_city_by_id
from api.db.courier_state_store import couriers_with_state, find_state, lock_courier, save_state
from api.db.courier_work_store import mark_on_route
from api.db.day_store import CityDay, city_day
from api.db.eta_store import etas_of_visits, forget_etas, save_eta
from api.db.route_line_store import RouteLines
from api.db.tables import City, Courier, PlanRow, Shift, VisitEta
from api.errors import NotFoundError
from desk.promise import level_by
from routing.roads import RoadNetwork
from tracking import pipeline
from tracking.courier_state import CourierState
from tracking.events import Eta, Reason, VisitLeft
from tracking.learning import Factors
from tracking.new_plan import end_work
from tracking.pipeline import Outcome
from tracking.route_line import RouteLine
from tracking.rules import TrackingRules

_LINES = RouteLines()
"""One memory a process: plan ids are random and published plans never change, so it cannot be wrong."""

type Step = Callable[[CourierState, "Followed"], Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A courier with all that tracking needs besides the state: his city's day, shift, route and streets."""

    courier: Courier
    city: City
    day: CityDay
    shift: Shift | None
    line: RouteLine | None
    roads: RoadNetwork
    factors: Factors
    rules: TrackingRules


def follow(
    session: Session, services: Services, tenant_id: str, courier_id: str, now: datetime
) -> tuple[Followed, CourierState]:
    """
    Lock a courier and find his state, begun anew when the day or the plan has moved on without it.

    Raises
    ------
    NotFoundError
        When the tenant has no such courier.
    """
    courier = lock_courier(session, tenant_id, courier_id)
    if courier is None:
        raise NotFoundError("there is no such courier")
    city = get_city_by_id(session, tenant_id, courier.city_id)
    day = city_day(session, city, now)
    shift = current_shifts(session, tenant_id, [courier_id], day.on_date).get(courier_id)
    line = _line_of(session, city, courier, shift, day, day.plan.id if day.plan else None, now)
    roads = services.roads.get(city.slug, courier.vehicle_profile)
    factors = factors_of(session, city, courier.id, now)
    rules = rules_of(city, courier.vehicle_profile)
    followed = Followed(
        courier=courier, city=city, day=day, shift=shift, line=line, roads=roads, factors=factors, rules=rules
    )
    state = find_state(session, tenant_id, courier_id)
    if state is None or not _is_of_this_day(session, state, day):
        _leave_behind(session, followed, state, now)
        is_started = shift is not None and shift.state == "started"
        state = pipeline.start(line, now, phone_expected=is_started, factors=factors, rules=rules)
    elif line is not None and state.plan_id != line.plan_id:
        outcome = pipeline.adopt(state, line, Reason.REPLAN, None, now, roads=roads, factors=factors, rules=rules)
        write_events(session, courier, roads, outcome.events, now)
        state = outcome.state
    return followed, state


def _leave_behind(session: Session, followed: Followed, state: CourierState | None, now: datetime) -> None:
    """What was open on a day that is over ends with it."""
    if state is not None:
        write_events(session, followed.courier, followed.roads, end_work(state, now.timestamp())[1], now)


def _line_of(
    session: Session,
    city: City,
    courier: Courier,
    shift: Shift | None,
    day: CityDay,
    plan_id: str | None,
    now: datetime,
) -> RouteLine | None:
    """The route of a courier's shift, with the zones in which he is permitted that day."""
    shift_id = shift.id if shift else None
    line = _LINES.find(session, courier.tenant_id, plan_id, shift_id)
    if line is None:
        return None
    return _LINES.permit(line, shift_id, permitted_area(session, city, courier, day.on_date, now))


def find_line(session: Session, tenant_id: str, plan_id: str | None, shift_id: str | None) -> RouteLine | None:
    """The route of a shift in a plan as tracking follows it."""
    return _LINES.find(session, tenant_id, plan_id, shift_id)


def move(session: Session, services: Services, tenant_id: str, courier_id: str, now: datetime, step: Step) -> Outcome:
    """Take one step with a courier and write down everything that follows from it."""
    followed, state = follow(session, services, tenant_id, courier_id, now)
    outcome = step(state, followed)
    apply_outcome(session, followed, outcome, now)
    return outcome


def apply_outcome(session: Session, followed: Followed, outcome: Outcome, now: datetime) -> None:
    """Save state, estimates, causes, inbox lines, visits and events that an outcome brings, and learn from it."""
    write_events(session, followed.courier, followed.roads, outcome.events, now)
    if followed.line is not None:
        for event in outcome.events:
            if isinstance(event, VisitLeft):
                learn_from_visit(session, followed.city, outcome.state, followed.line, event.visit_id, now)
    _save_etas(session, followed.courier, followed.line, outcome)
    state = outcome.state
    if followed.shift is not None and followed.shift.state == "ended":
        # Pings of the shift that come after it may open something, and nobody would look whether it has ended.
        state, ended = end_work(state, now.timestamp())
        write_events(session, followed.courier, followed.roads, ended, now)
    save_state(session, followed.courier.tenant_id, followed.courier.id, state, now)


def tick_courier(session: Session, services: Services, tenant_id: str, courier_id: str, now: datetime) -> None:
    """Let time pass for one courier."""
    move(
        session,
        services,
        tenant_id,
        courier_id,
        now,
        lambda state, f: pipeline.tick(state, f.line, f.roads, now, factors=f.factors, rules=f.rules),
    )


def adopt_plan(
    session: Session,
    services: Services,
    caller: Caller,
    plan_id: str,
    reason: Reason,
    cause_id: str | None,
    now: datetime,
) -> None:
    """
    Follow a plan version from now on: call it in the transaction that publishes it, after its rows are written.

    Couriers on the road keep what still holds, every estimate is renewed, and changed promises make events, inbox
    lines and links to `cause_id` (see `open_change_cause`). A plan for another day gives estimates only.
    """
    session.flush()
    plan = session.get(PlanRow, plan_id)
    if plan is None or plan.tenant_id != caller.tenant_id:
        raise NotFoundError("there is no such plan")
    city = get_city_by_id(session, caller.tenant_id, plan.city_id)
    day = city_day(session, city, now)
    planned = {route.courier_id for route in plan_store.list_routes(session, plan.tenant_id, plan.id)}
    if plan.on_date != day.on_date:
        _estimate_only(session, services, plan, city, now)
        return
    before = {courier_id: old for courier_id, old in couriers_with_state(session, plan.tenant_id, city.id) if old}
    for courier_id in sorted(planned | before.keys()):
        _adopt_courier(session, services, plan, courier_id, before.get(courier_id), reason, cause_id, now)
    _forget_left_out(session, plan, set(before.values()) - {plan.id}, now)
    sync_unassigned(session, city, plan, now)
    if cause_id is not None and (cause := cause_store.find_cause(session, plan.tenant_id, cause_id)) is not None:
        settle_cause(session, cause, plan.id, now)


def end_route(session: Session, services: Services, tenant_id: str, courier_id: str, now: datetime) -> None:
    """
    After a shift has ended: silence is no gap any more, whatever was open has ended, and a later shift of the day
    begins a route of its own.
    """
    followed, state = follow(session, services, tenant_id, courier_id, now)
    state, ended = end_work(state, now.timestamp())
    write_events(session, followed.courier, followed.roads, ended, now)
    if followed.shift is not None and followed.shift.state == "planned" and followed.line is not None:
        state = pipeline.start(followed.line, now, phone_expected=False, factors=followed.factors, rules=followed.rules)
    else:
        state = pipeline.expect_phone(state, expected=False, now=now)
    save_state(session, tenant_id, courier_id, state, now)


def _adopt_courier(
    session: Session,
    services: Services,
    plan: PlanRow,
    courier_id: str,
    old_plan_id: str | None,
    reason: Reason,
    cause_id: str | None,
    now: datetime,
) -> None:
    courier = lock_courier(session, plan.tenant_id, courier_id)
    if courier is None:
        return
    city = get_city_by_id(session, plan.tenant_id, courier.city_id)
    day = city_day(session, city, now)
    shift = current_shifts(session, plan.tenant_id, [courier_id], plan.on_date).get(courier_id)
    if shift is not None and shift.state == "started":
        mark_on_route(session, plan.tenant_id, plan.id, shift.id, now)
    line = _line_of(session, city, courier, shift, day, plan.id, now)
    roads = services.roads.get(city.slug, courier.vehicle_profile)
    factors = factors_of(session, city, courier.id, now)
    rules = rules_of(city, courier.vehicle_profile)
    followed = Followed(
        courier=courier, city=city, day=day, shift=shift, line=line, roads=roads, factors=factors, rules=rules
    )
    state = find_state(session, plan.tenant_id, courier_id)
    if state is None or old_plan_id is None or not _is_of_this_day(session, state, day):
        _leave_behind(session, followed, state, now)
        is_started = shift is not None and shift.state == "started"
        state = pipeline.start(line, now, phone_expected=is_started, factors=factors, rules=rules)
        outcome = pipeline.tick(state, line, roads, now, factors=factors, rules=rules)
    elif state.plan_id == plan.id:
        return
    else:
        outcome = pipeline.adopt(state, line, reason, cause_id, now, roads=roads, factors=factors, rules=rules)
    apply_outcome(session, followed, outcome, now)


def _estimate_only(session: Session, services: Services, plan: PlanRow, city: City, now: datetime) -> None:
    for route in plan_store.list_routes(session, plan.tenant_id, plan.id):
        courier = session.get(Courier, route.courier_id)
        line = _LINES.find(session, plan.tenant_id, plan.id, route.shift_id)
        if courier is None or line is None:
            continue
        roads = services.roads.get(city.slug, courier.vehicle_profile)
        factors = factors_of(session, city, courier.id, now, max(now, line.departs_at))
        rules = rules_of(city, courier.vehicle_profile)
        state = pipeline.start(line, now, phone_expected=False, factors=factors, rules=rules)
        _save_etas(session, courier, line, pipeline.tick(state, line, roads, now, factors=factors, rules=rules))


def _forget_left_out(session: Session, plan: PlanRow, old_plan_ids: set[str], now: datetime) -> None:
    kept = route_line_store.visit_ids_of_plan(session, plan.tenant_id, plan.id)
    for old in sorted(old_plan_ids):
        left_out = route_line_store.visit_ids_of_plan(session, plan.tenant_id, old) - kept
        forget_etas(session, plan.tenant_id, left_out)
        for visit in route_line_store.dropped_visits(session, plan.tenant_id, left_out):
            finish_line(session, visit, None, now)


def _save_etas(session: Session, courier: Courier, line: RouteLine | None, outcome: Outcome) -> None:
    etas = list(outcome.etas)
    if not etas or line is None:
        return
    rows = etas_of_visits(session, courier.tenant_id, [eta.visit_id for eta in etas])
    # The line was given the latest promises in this very transaction.
    until = {visit.visit_id: visit.promised_until_at for visit in line.visits}
    saved: list[tuple[Eta, VisitEta]] = []
    for eta in etas:
        level = level_by(eta.expected_at, eta.late_at, until[eta.visit_id])
        saved.append((eta, save_eta(session, courier.tenant_id, courier.id, eta, level, rows.get(eta.visit_id))))
    keep_forecasts(session, courier.tenant_id, saved)
    session.flush()


def _is_of_this_day(session: Session, state: CourierState, day: CityDay) -> bool:
    if state.plan_id is None:
        return day.plan is None
    plan = session.get(PlanRow, state.plan_id)
    return plan is not None and plan.on_date == day.on_date
