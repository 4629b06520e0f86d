"""Planned routes as tracking follows them, built once for each plan version and kept in memory."""

import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.plan_store import route_of
from api.db.promise_store import promised_until, windows_of
from api.db.tables import Order, PlanRoute, PlanVisit, Visit
from tracking.permitted_area import PermittedArea
from tracking.route_line import RouteLine, VisitFacts, route_line
from tracking.service_times import order_type_of

MOST_LINES = 2_000


class RouteLines:
    """
    Route lines by plan and shift, for one process.

    A published plan never changes, so a line stays right; only the promises of its orders move on and are read anew.
    """

    def __init__(self) -> None:
        self._lines: OrderedDict[tuple[str, str], RouteLine] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, session: Session, tenant_id: str, plan_id: str | None, shift_id: str | None) -> RouteLine | None:
        """The line of a shift in a plan, with the latest promises; None when the shift has no route in it."""
        if plan_id is None or shift_id is None:
            return None
        with self._lock:
            line = self._lines.get((plan_id, shift_id))
        if line is None:
            line = _load(session, tenant_id, plan_id, shift_id)
            if line is None:
                return None
        until = promised_until(session, tenant_id, [visit.order_id for visit in line.visits])
        line = with_promises(line, until)
        with self._lock:
            self._lines[plan_id, shift_id] = line
            self._lines.move_to_end((plan_id, shift_id))
            while len(self._lines) > MOST_LINES:
                self._lines.popitem(last=False)
        return line

    def permit(self, line: RouteLine | None, shift_id: str | None, area: PermittedArea | None) -> RouteLine | None:
        """The line with where its courier may be; the very same line when that is so already."""
        if line is None or shift_id is None or line.permitted is area:
            return line
        line = replace(line, permitted=area)
        with self._lock:
            self._lines[line.plan_id, shift_id] = line
        return line


def with_promises(line: RouteLine, until: dict[str, datetime]) -> RouteLine:
    """The line with the latest promise of each order; the very same line when none has changed."""
    if all(visit.promised_until_at == until.get(visit.order_id) for visit in line.visits):
        return line
    return replace(line, visits=tuple(replace(v, promised_until_at=until.get(v.order_id)) for v in line.visits))


def visit_ids_of_plan(session: Session, tenant_id: str, plan_id: str) -> set[str]:
    """Every visit that a plan gives to some courier."""
    query = select(PlanVisit.visit_id).where(PlanVisit.tenant_id == tenant_id, PlanVisit.plan_id == plan_id)
    return set(session.scalars(query))


def dropped_visits(session: Session, tenant_id: str, visit_ids: Collection[str]) -> Sequence[Visit]:
    """Those of the visits that will not be made."""
    if not visit_ids:
        return ()
    query = select(Visit).where(Visit.tenant_id == tenant_id, Visit.id.in_(visit_ids), Visit.state == "dropped")
    return session.scalars(query.order_by(Visit.id)).all()


def _load(session: Session, tenant_id: str, plan_id: str, shift_id: str) -> RouteLine | None:
    row = session.scalars(
        select(PlanRoute).where(
            PlanRoute.tenant_id == tenant_id, PlanRoute.plan_id == plan_id, PlanRoute.shift_id == shift_id
        )
    ).first()
    if row is None:
        return None
    visits = session.scalars(select(PlanVisit).where(PlanVisit.route_id == row.id).order_by(PlanVisit.sequence)).all()
    if not visits:
        return None
    facts = _facts(session, tenant_id, visits)
    return route_line(plan_id, route_of(row, visits), facts)


def _facts(session: Session, tenant_id: str, visits: Collection[PlanVisit]) -> dict[str, VisitFacts]:
    order_ids = {visit.order_id for visit in visits}
    orders = session.scalars(select(Order).where(Order.tenant_id == tenant_id, Order.id.in_(order_ids)))
    by_id = {order.id: order for order in orders}
    until = promised_until(session, tenant_id, order_ids)
    return {
        visit.visit_id: VisitFacts(
            windows=windows_of(by_id[visit.order_id]),
            service_s=by_id[visit.order_id].service_s,
            promised_until_at=until.get(visit.order_id),
            zone_id=by_id[visit.order_id].zone_id,
            order_type=order_type_of(
                payment_form=by_id[visit.order_id].payment_form,
                items=by_id[visit.order_id].items,
                floor=by_id[visit.order_id].floor,
            ),
        )
        for visit in visits
    }
