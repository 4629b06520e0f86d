"""A courier's own work: his shifts, the visits on his route, and how they ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from api.db.tables import Order, Outcome, PlanRoute, PlanVisit, Shift, Visit

_SHIFTS_BEGUN = (
    select(Shift)
    .where(
        Shift.tenant_id == bindparam("tenant_id"),
        Shift.courier_id == bindparam("courier_id"),
        Shift.started_at.is_not(None),
        Shift.ends_at >= bindparam("since"),
    )
    .order_by(Shift.started_at)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One stop of a courier's route."""

    place: PlanVisit
    visit: Visit
    order: Order


def list_tasks(session: Session, tenant_id: str, plan_id: str, shift_id: str) -> Sequence[Task]:
    """The stops of a shift's route in their order; dropped ones are left out."""
    query = (
        select(PlanVisit, Visit, Order)
        .join(PlanRoute, PlanRoute.id == PlanVisit.route_id)
        .join(Visit, Visit.id == PlanVisit.visit_id)
        .join(Order, Order.id == PlanVisit.order_id)
        .where(
            PlanVisit.tenant_id == tenant_id,
            PlanVisit.plan_id == plan_id,
            PlanRoute.shift_id == shift_id,
            Visit.state != "dropped",
        )
        .order_by(PlanVisit.sequence)
    )
    return [Task(place=place, visit=visit, order=order) for place, visit, order in session.execute(query)]


def mark_on_route(session: Session, tenant_id: str, plan_id: str, shift_id: str, now: datetime) -> None:
    """The courier is out: the orders on his route are on their way."""
    for task in list_tasks(session, tenant_id, plan_id, shift_id):
        if task.order.status in {"ready", "planned"}:
            task.order.status = "on_route"
            task.order.updated_at = now
    session.flush()


def find_own_visit(
    session: Session, tenant_id: str, courier_id: str, visit_id: str, plan_id: str | None
) -> tuple[Visit, Order] | None:
    """
    A visit that the plan in force gives to this courier, locked; None for any other.

    A visit he has an outcome of is his as well, wherever later plans have put it.
    """
    query = select(Visit, Order).join(Order, Order.id == Visit.order_id)
    found = session.execute(
        query.where(Visit.id == visit_id, Visit.tenant_id == tenant_id).with_for_update(of=Visit)
    ).first()
    if found is None:
        return None
    on_route = (
        select(PlanVisit.visit_id)
        .join(PlanRoute, PlanRoute.id == PlanVisit.route_id)
        .where(PlanVisit.visit_id == visit_id, PlanVisit.plan_id == plan_id, PlanRoute.courier_id == courier_id)
    )
    is_his = session.scalar(on_route) is not None or any(
        outcome.courier_id == courier_id for outcome in list_outcomes(session, tenant_id, visit_id)
    )
    return (found[0], found[1]) if is_his else None


def list_outcomes(session: Session, tenant_id: str, visit_id: str) -> Sequence[Outcome]:
    """Everything phones said of a visit's end, oldest first."""
    query = select(Outcome).where(Outcome.tenant_id == tenant_id, Outcome.visit_id == visit_id)
    return session.scalars(query.order_by(Outcome.received_at)).all()


def add_outcome(session: Session, outcome: Outcome) -> None:
    """Keep what a phone said."""
    session.add(outcome)
    session.flush()


def shifts_near(
    session: Session, tenant_id: str, courier_id: str, from_at: datetime, until_at: datetime
) -> Sequence[Shift]:
    """A courier's shifts that overlap an interval, earliest first, locked."""
    query = select(Shift).where(
        Shift.tenant_id == tenant_id,
        Shift.courier_id == courier_id,
        Shift.ends_at >= from_at,
        Shift.starts_at <= until_at,
    )
    return session.scalars(query.order_by(Shift.starts_at).with_for_update()).all()


def shifts_begun(session: Session, tenant_id: str, courier_id: str, since: datetime) -> Sequence[Shift]:
    """A courier's shifts that were begun and were planned to end after an instant, earliest first."""
    values = {"tenant_id": tenant_id, "courier_id": courier_id, "since": since}
    return session.scalars(_SHIFTS_BEGUN, values).all()
