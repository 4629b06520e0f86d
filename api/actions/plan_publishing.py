"""Putting a plan in force: its rows, order statuses, causes, event and tracking, all in the caller's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api.actions.causes import open_change_cause
from api.actions.day_loading import Day
from api.actions.tracking import adopt_plan
from api.context import Caller, Services
from api.db import audit, order_store, plan_store
from api.db.event_log import append_event
from api.db.tables import PlanRow
from api.plan_diff import diff_counts
from routing.plan import Plan, PlanDiff
from tracking.events import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A stored version, its plan, and the numbers of the orders in it by id."""

    row: PlanRow
    plan: Plan
    order_nos: Mapping[str, str]


def publish_plan(
    session: Session,
    services: Services,
    caller: Caller,
    day: Day,
    plan: Plan,
    *,
    reason: Reason,
    now: datetime,
    cause_id: str | None = None,
    diff: PlanDiff | None = None,
    closed: str = "",
) -> Published:
    """
    Store `plan` as the next version of `day` and put it in force; `diff` is told with its event.

    `cause_id` is what moved the plan; a later version without one gets a cause of its own, of the kind of its `reason`,
    or of streets that are `closed` (their names) when the plan was made for them.
    """
    _store_visits(session, day, plan, now)
    row = plan_store.save_plan(
        session,
        plan,
        tenant_id=caller.tenant_id,
        city_id=day.city.id,
        on_date=day.on_date,
        based_on=day.plan_row,
        reason="plan" if day.plan_row is None else reason.value,
        zone_set_id=None if day.zones is None else day.zones.zone_set_id,
        created_by=caller.actor,
        now=now,
    )
    _set_statuses(day, plan, now)
    if cause_id is None and day.plan_row is not None:
        cause_id = open_change_cause(
            session,
            tenant_id=caller.tenant_id,
            city_id=day.city.id,
            kind="closed_street" if closed else reason.value,
            now=now,
            street=closed,
        )
    data = {
        "plan_id": row.id,
        "version": row.version,
        "date": day.on_date.isoformat(),
        "routes": len(plan.routes),
        "visits": sum(len(route.visits) for route in plan.routes),
        "unassigned": len(plan.unassigned),
        "reason": row.reason,
    } | ({} if diff is None else {"diff": diff_counts(diff)})
    audit.record(session, caller, now, action="plan.publish", entity="plan", entity_id=row.id, after=data)
    append_event(
        session,
        tenant_id=caller.tenant_id,
        city_id=day.city.id,
        kind="plan.published",
        at=now,
        now=now,
        data=data,
        cause_id=cause_id,
    )
    session.flush()
    adopt_plan(session, services, caller, row.id, reason, cause_id, now)
    return Published(row=row, plan=plan, order_nos={one.id: one.order_no for one in day.orders.values()})


def _store_visits(session: Session, day: Day, plan: Plan, now: datetime) -> None:
    """Visits named for the first time; those of earlier versions keep their rows."""
    placed = {visit.order_id for route in plan.routes for visit in route.visits}
    for order_id in sorted(placed | {one.order_id for one in plan.unassigned}):
        if order_id not in day.visits:
            order_store.add_visit(session, day.orders[order_id], day.visit_ids[order_id], now)
    session.flush()


def _set_statuses(day: Day, plan: Plan, now: datetime) -> None:
    for route in plan.routes:
        for visit in route.visits:
            order = day.orders[visit.order_id]
            if order.status == "ready":
                order.status, order.status_detail, order.updated_at = "planned", "", now
    for one in plan.unassigned:
        order = day.orders[one.order_id]
        if order.status in order_store.PLANNABLE:
            order.status, order.status_detail, order.updated_at = "ready", one.message, now
