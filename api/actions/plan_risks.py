"""How likely each visit of a plan is to come after its promise, as it stands now."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.context import Caller, Services
from api.db.eta_store import etas_of_visits
from api.db.order_store import orders_with_ids
from api.db.promise_store import promised_until, windows_of
from api.rows import likely_of
from routing.plan import Plan


def plan_risks(services: Services, caller: Caller, plan: Plan) -> dict[str, float]:
    """P(late) by visit id where there is an estimate: after the latest promise, or the last window without one."""
    visits = {visit.visit_id: visit.order_id for route in plan.routes for visit in route.visits}
    with services.db.read() as session:
        etas = etas_of_visits(session, caller.tenant_id, list(visits))
        ends = _ends(session, caller.tenant_id, {visits[visit_id] for visit_id in etas})
        return {
            visit_id: round(likely_of(eta).chance_after(ends[visits[visit_id]]), 3)
            for visit_id, eta in etas.items()
            if visits[visit_id] in ends
        }


def with_risks(document: dict[str, Any], risks: dict[str, float]) -> dict[str, Any]:
    """A whole plan's answer with `risk_share` at every visit; null where there is no estimate."""
    for route in document["routes"]:
        for visit in route["visits"]:
            visit["risk_share"] = risks.get(visit["visit_id"])
    return document


def _ends(session: Session, tenant_id: str, order_ids: set[str]) -> dict[str, datetime]:
    ends = {
        order.id: max(window.closes_at for window in windows_of(order))
        for order in orders_with_ids(session, tenant_id, order_ids)
        if order.windows
    }
    return ends | promised_until(session, tenant_id, order_ids)
