"""Making a day's plan: asked for as a job, solved in a child process, saved in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from api.actions.cities import today
from api.actions.courier_work import end_broken_shift
from api.actions.day_loading import DONE, Day, load_day
from api.actions.plan_publishing import Published, publish_plan
from api.actions.plan_rules import broken_shift_ids, check_rules, rules_of
from api.context import Caller, Services
from api.db import audit, city_store, job_store, plan_store
from api.db.tables import City, Job, PlanRow
from api.errors import ConflictError, InputProblem, InvalidInputError
from api.plan_diff import diff_row
from routing.change_rules import ChangeRules
from routing.day_inputs import DayInputs, PlanLimits
from routing.formats.plan_json import remedy_to_json
from routing.plan import Plan
from routing.replan_day import Replanned
from routing.replanning import with_done_visits
from routing.window_reserve import USUAL_RESERVE_MIN, WindowReserve, with_reserve
from tracking.events import Reason

PLAN = "plan"
"""The kind of jobs that plan a day."""

_WISHES = ("reserve_min", "rules", "preview")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedDay:
    """A day ready for the solver: what it gets, and what the plan is put together with afterwards."""

    day: Day
    inputs: DayInputs
    rules: ChangeRules
    limits: PlanLimits
    vehicle_profile: str
    broken_shift_ids: tuple[str, ...] = ()


class StalePlanError(Exception):
    """Raised when orders or shifts changed while the solver worked: the plan is made anew."""


def request_plan(
    services: Services,
    caller: Caller,
    city_slug: str | None,
    on_date: date | None,
    *,
    time_limit_s: float | None = None,
    seed: int = 1,
    reserve_min: int = USUAL_RESERVE_MIN,
    at_once: bool = False,
    rules: Mapping[str, Any] | None = None,
    preview: bool = False,
) -> Job:
    """
    Ask for a plan of a day; today without a date. The same plan that is being made already is the answer too.

    The plan keeps `reserve_min` minutes free before windows close where that costs little; 0 for none.
    `at_once` is for a caller who works on the job himself: it is never queued. `rules` are those of `PlanBody.rules`;
    with `preview` the job's result says what the plan would change, and nothing is published.

    Raises
    ------
    InvalidInputError
        When nobody works on that day, there is nothing to deliver, or the rules name somebody who is not there.
    """
    now = services.clock.now()
    with services.db.write() as session:
        city = city_store.get_city(session, caller.tenant_id, city_slug)
        city_store.lock_city(session, caller.tenant_id, city.id)
        day = on_date or today(city, now)
        loaded = load_day(session, city, day, now)
        check_can_plan(loaded)
        check_rules(loaded, rules or {}, preview=preview)
        wish: dict[str, Any] = {"reserve_min": reserve_min}
        wish |= ({"rules": dict(rules)} if rules else {}) | ({"preview": True} if preview else {})
        for job in job_store.list_unfinished(session, caller.tenant_id, city.id, PLAN):
            is_same = {name: job.payload[name] for name in _WISHES if name in job.payload} == wish
            if job.payload["date"] == day.isoformat() and is_same and not job.cancel_asked and not at_once:
                return job
        payload: dict[str, Any] = {
            "date": day.isoformat(),
            "time_limit_s": time_limit_s or services.settings.solver_time_limit_s,
            "processes": services.settings.solver_processes,
            "seed": seed,
        } | wish
        job = job_store.add_job(
            session,
            tenant_id=caller.tenant_id,
            city_id=city.id,
            kind=PLAN,
            payload=payload,
            now=now,
            created_by=caller.actor,
            state="running" if at_once else "queued",
        )
        after = {"city": city.slug, **payload}
        audit.record(session, caller, now, action="plan.request", entity="job", entity_id=job.id, after=after)
    return job


def check_can_plan(day: Day) -> None:
    """
    Refuse a day that cannot give a plan.

    Raises
    ------
    InvalidInputError
        With every reason: no couriers, no orders.
    """
    inputs = day.inputs()
    on, city = day.on_date.isoformat(), day.city.slug
    problems: list[InputProblem] = []
    if not inputs.shifts:
        message = f"no courier has a shift in {city} on {on}; add shifts with POST /v1/shifts, then plan again"
        problems.append(InputProblem(code="no_couriers", where="date", message=message))
    if not inputs.stops:
        message = (
            f"no order waits to be delivered in {city} on {on}; add orders, or complete those that need an address"
        )
        problems.append(InputProblem(code="no_orders", where="date", message=message))
    if problems:
        raise InvalidInputError("; ".join(one.message for one in problems), tuple(problems))


def get_job(services: Services, caller: Caller, job_id: str) -> Job:
    """One job of the caller's organisation."""
    with services.db.read() as session:
        return job_store.get_job(session, caller.tenant_id, job_id)


def cancel_job(services: Services, caller: Caller, job_id: str) -> Job:
    """
    Stop a job: one that waits at once, one that runs as soon as its child process is stopped.

    Raises
    ------
    ConflictError
        When it has ended already.
    """
    now = services.clock.now()
    with services.db.write() as session:
        job = job_store.get_job(session, caller.tenant_id, job_id)
        if job.state == "cancelled" or job.cancel_asked:
            return job
        if job.state not in job_store.UNFINISHED:
            raise ConflictError(f"the job is {job.state} already and cannot be cancelled")
        job.cancel_asked = True
        if job.state == "queued":
            job_store.finish(job, now, state="cancelled")
        audit.record(session, caller, now, action="job.cancel", entity="job", entity_id=job.id)
    return job


def finish_job(services: Services, caller: Caller, job_id: str) -> Job:
    """
    Let a running job end its search now and publish the best plan it has found.

    Raises
    ------
    ConflictError
        When it does not run: there is nothing to take yet, or no more.
    """
    now = services.clock.now()
    with services.db.write() as session:
        job = job_store.get_job(session, caller.tenant_id, job_id)
        if job.state != "running" or job.cancel_asked:
            state = "being cancelled" if job.state == "running" else job.state
            raise ConflictError(f"the job is {state}; only a running one can be finished with what it has found")
        if not job_store.is_finish_asked(job):
            job_store.ask_to_finish(job)
            audit.record(session, caller, now, action="job.finish", entity="job", entity_id=job.id)
    return job


def prepare_day(session: Session, job: Job, now: datetime) -> PreparedDay:
    """
    Load what a plan job needs, as it is now.

    Raises
    ------
    InvalidInputError
        When nobody works on that day any more, or there is nothing to deliver.
    """
    city = city_store.get_city_by_id(session, job.tenant_id, job.city_id)
    day = load_day(session, city, date.fromisoformat(job.payload["date"]), now)
    check_can_plan(day)
    inputs, asked = day.inputs(), job.payload.get("rules", {})
    reserve = WindowReserve(before_close_min=job.payload.get("reserve_min", USUAL_RESERVE_MIN))
    profiles = {shift.vehicle_profile for shift in inputs.shifts}
    return PreparedDay(
        day=day,
        inputs=replace(inputs, stops=with_reserve(inputs.stops, reserve)),
        rules=rules_of(session, day, asked),
        limits=PlanLimits(
            time_limit_s=job.payload["time_limit_s"],
            seed=job.payload["seed"],
            processes=job.payload.get("processes", 1),
        ),
        # one matrix serves the whole plan: a mixed fleet is planned on car streets
        vehicle_profile=profiles.pop() if len(profiles) == 1 else "car",
        broken_shift_ids=tuple(broken_shift_ids(day, asked)),
    )


def save_solution(
    session: Session, services: Services, caller: Caller, prepared: PreparedDay, solved: Replanned, now: datetime
) -> Published:
    """
    Store what the solver found as the next version of the day's plan, and put it in force; shifts that broke down end.

    Raises
    ------
    StalePlanError
        When something that the plan was made from has changed meanwhile.
    """
    city_store.lock_city(session, caller.tenant_id, prepared.day.city.id)
    city = city_store.get_city_by_id(session, caller.tenant_id, prepared.day.city.id)
    present = load_day(session, city, prepared.day.on_date, now, prepared.day.visit_ids)
    _check_unchanged(prepared.day, present)
    plan = with_done_visits(solved.plan, prepared.day.plan, prepared.day.couriers)
    diff = None if present.plan_row is None else solved.diff
    closed = ", ".join(one.name or one.closure_id for one in prepared.rules.closures if one.until_at > now)
    published = publish_plan(
        session, services, caller, present, plan, reason=Reason.REPLAN, now=now, diff=diff, closed=closed
    )
    for shift_id in prepared.broken_shift_ids:
        end_broken_shift(session, services, caller, shift_id, now)
    return published


def preview_result(prepared: PreparedDay, solved: Replanned) -> dict[str, Any]:
    """What a finished plan job tells that was a preview: the plan it would be, and what that changes."""
    day = prepared.day
    order_nos = {one.id: one.order_no for one in day.orders.values()}
    plan = with_done_visits(solved.plan, day.plan, day.couriers)
    sequences = [
        {
            "shift_id": route.shift_id,
            "courier_id": route.courier_id,
            "visits": [
                {"visit_id": one.visit_id, "order_id": one.order_id, "starts_at": one.starts_at.isoformat()}
                for one in route.visits
            ],
        }
        for route in plan.routes
    ]
    told = None if day.plan_row is None else diff_row(solved.diff, day.plan, order_nos)
    return {"preview": True, "diff": told, "sequences": sequences} | _counts(plan, order_nos)


def list_plans(
    services: Services, caller: Caller, city_slug: str | None, on_date: date | None
) -> tuple[City, Sequence[PlanRow], Mapping[str, tuple[int, int]]]:
    """All versions of a day, the newest first, with the number of visits and of unassigned orders of each."""
    with services.db.read() as session:
        city = city_store.get_city(session, caller.tenant_id, city_slug)
        rows = plan_store.list_plans(session, caller.tenant_id, city.id, on_date or today(city, services.clock.now()))
        return city, rows, plan_store.count_visits(session, caller.tenant_id, [row.id for row in rows])


def get_plan(services: Services, caller: Caller, plan_id: str) -> tuple[City, PlanRow, Plan]:
    """One version of a plan with its city."""
    with services.db.read() as session:
        row = plan_store.get_plan(session, caller.tenant_id, plan_id)
        city = city_store.get_city_by_id(session, caller.tenant_id, row.city_id)
        return city, row, plan_store.load_plan(session, row)


def job_result(published: Published, prepared: PreparedDay, solved: Replanned) -> dict[str, Any]:
    """What a finished plan job tells."""
    plan, row, day = published.plan, published.row, prepared.day
    told = None if day.plan_row is None else diff_row(solved.diff, day.plan, published.order_nos)
    return {"plan_id": row.id, "version": row.version, "diff": told} | _counts(plan, published.order_nos)


def _counts(plan: Plan, order_nos: Mapping[str, str]) -> dict[str, Any]:
    return {
        "routes": len(plan.routes),
        "visits": sum(len(route.visits) for route in plan.routes),
        "unassigned": [
            {
                "order_id": one.order_id,
                "order_no": order_nos[one.order_id],
                "code": one.code.value,
                "message": one.message,
                "remedies": [remedy_to_json(remedy) for remedy in one.remedies],
            }
            for one in plan.unassigned
        ],
        "cost": plan.provenance.cost,
        "matrix_source": plan.provenance.matrix_source,
    }


def _check_unchanged(before: Day, now: Day) -> None:
    """Visits done meanwhile do no harm: the new plan has them where they were done. Anything else does."""
    old_id = before.plan_row.id if before.plan_row is not None else None
    new_id = now.plan_row.id if now.plan_row is not None else None
    if old_id != new_id:
        raise StalePlanError("another plan was published")
    if before.shift_states != now.shift_states or before.shifts != now.shifts:
        raise StalePlanError("a shift changed")
    for one in before.inputs().stops:
        order = now.orders.get(one.order_id)
        if order is None or order.status == "cancelled" or now.stops.get(one.order_id) != one:
            raise StalePlanError("an order changed")
        if order.status in DONE and one.visit_id not in _routed(before.plan):
            raise StalePlanError("an order was brought outside the plan")


def _routed(plan: Plan) -> set[str]:
    return {visit.visit_id for route in plan.routes for visit in route.visits}
