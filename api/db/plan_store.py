"""Plan versions of a city's day: written once, never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.db.tables import PlanRoute, PlanRow, PlanUnassigned, PlanVisit, new_id
from api.errors import NotFoundError
from routing.formats.plan_json import leg_from_json, leg_to_json, remedy_from_json, remedy_to_json
from routing.plan import Plan, Provenance, Route, Unassigned, UnassignedCode, Visit
from zones.lonlat import LonLat


def get_plan(session: Session, tenant_id: str, plan_id: str) -> PlanRow:
    """One plan version of this tenant, by its id."""
    row = session.get(PlanRow, plan_id)
    if row is None or row.tenant_id != tenant_id:
        raise NotFoundError("there is no such plan")
    return row


def list_plans(session: Session, tenant_id: str, city_id: str, on_date: date) -> Sequence[PlanRow]:
    """All versions of a day, the newest first."""
    query = select(PlanRow).where(
        PlanRow.tenant_id == tenant_id, PlanRow.city_id == city_id, PlanRow.on_date == on_date
    )
    return session.scalars(query.order_by(PlanRow.version.desc())).all()


def count_visits(session: Session, tenant_id: str, plan_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """How many visits and how many unassigned orders each plan has, by plan id."""
    visits = dict.fromkeys(plan_ids, 0)
    query = select(PlanVisit.plan_id, func.count()).where(
        PlanVisit.tenant_id == tenant_id, PlanVisit.plan_id.in_(plan_ids)
    )
    visits.update({plan_id: count for plan_id, count in session.execute(query.group_by(PlanVisit.plan_id))})  # noqa: C416 - rows are no pairs for mypy
    left_out = dict.fromkeys(plan_ids, 0)
    query = select(PlanUnassigned.plan_id, func.count()).where(
        PlanUnassigned.tenant_id == tenant_id, PlanUnassigned.plan_id.in_(plan_ids)
    )
    left_out.update({plan_id: count for plan_id, count in session.execute(query.group_by(PlanUnassigned.plan_id))})  # noqa: C416 - rows are no pairs for mypy
    return {plan_id: (visits[plan_id], left_out[plan_id]) for plan_id in plan_ids}


def route_of(row: PlanRoute, visits: Sequence[PlanVisit]) -> Route:
    """A stored route with its visits, in their order, as routing knows it."""
    return Route(
        shift_id=row.shift_id,
        courier_id=row.courier_id,
        departs_at=row.departs_at,
        returns_at=row.returns_at,
        visits=tuple(
            Visit(
                visit_id=visit.visit_id,
                order_id=visit.order_id,
                point=LonLat(lon=visit.lon, lat=visit.lat),
                arrives_at=visit.arrives_at,
                starts_at=visit.starts_at,
                leaves_at=visit.leaves_at,
            )
            for visit in visits
        ),
        legs=tuple(leg_from_json(leg) for leg in row.legs),
    )


def load_plan(session: Session, row: PlanRow) -> Plan:
    """A stored version as routing knows it."""
    visits: dict[str, list[PlanVisit]] = {}
    query = select(PlanVisit).where(PlanVisit.tenant_id == row.tenant_id, PlanVisit.plan_id == row.id)
    for visit in session.scalars(query.order_by(PlanVisit.route_id, PlanVisit.sequence)):
        visits.setdefault(visit.route_id, []).append(visit)
    routes = tuple(route_of(route, visits.get(route.id, ())) for route in list_routes(session, row.tenant_id, row.id))
    unassigned = tuple(
        Unassigned(
            order_id=one.order_id,
            visit_id=one.visit_id,
            code=UnassignedCode(one.code),
            message=one.message,
            remedies=tuple(remedy_from_json(remedy) for remedy in one.remedies),
        )
        for one in list_unassigned(session, row.tenant_id, row.id)
    )
    return Plan(routes=routes, unassigned=unassigned, provenance=Provenance(**row.provenance))


def list_routes(session: Session, tenant_id: str, plan_id: str) -> Sequence[PlanRoute]:
    """Every route of a plan, the first to leave first."""
    query = select(PlanRoute).where(PlanRoute.tenant_id == tenant_id, PlanRoute.plan_id == plan_id)
    return session.scalars(query.order_by(PlanRoute.departs_at, PlanRoute.shift_id)).all()


def list_unassigned(session: Session, tenant_id: str, plan_id: str) -> Sequence[PlanUnassigned]:
    """Every order that a plan left out."""
    query = select(PlanUnassigned).where(PlanUnassigned.tenant_id == tenant_id, PlanUnassigned.plan_id == plan_id)
    return session.scalars(query.order_by(PlanUnassigned.order_id)).all()


def save_plan(
    session: Session,
    plan: Plan,
    *,
    tenant_id: str,
    city_id: str,
    on_date: date,
    based_on: PlanRow | None,
    reason: str,
    zone_set_id: str | None,
    created_by: str,
    now: datetime,
) -> PlanRow:
    """Write a plan as the version after `based_on`; the visits it names must be stored already."""
    row = PlanRow(
        id=new_id("plan"),
        tenant_id=tenant_id,
        city_id=city_id,
        on_date=on_date,
        version=1 if based_on is None else based_on.version + 1,
        based_on_id=None if based_on is None else based_on.id,
        reason=reason,
        created_at=now,
        created_by=created_by,
        zone_set_id=zone_set_id,
        provenance=asdict(plan.provenance),
    )
    session.add(row)
    session.flush()
    routes: Mapping[str, PlanRoute] = {route.shift_id: _route_row(row, route) for route in plan.routes}
    session.add_all(routes.values())
    session.flush()
    session.add_all(
        PlanVisit(
            plan_id=row.id,
            visit_id=visit.visit_id,
            tenant_id=tenant_id,
            route_id=routes[route.shift_id].id,
            order_id=visit.order_id,
            sequence=sequence,
            lon=visit.point.lon,
            lat=visit.point.lat,
            arrives_at=visit.arrives_at,
            starts_at=visit.starts_at,
            leaves_at=visit.leaves_at,
        )
        for route in plan.routes
        for sequence, visit in enumerate(route.visits, start=1)
    )
    session.add_all(
        PlanUnassigned(
            plan_id=row.id,
            order_id=one.order_id,
            tenant_id=tenant_id,
            visit_id=one.visit_id,
            code=one.code.value,
            message=one.message,
            remedies=[remedy_to_json(remedy) for remedy in one.remedies],
        )
        for one in plan.unassigned
    )
    session.flush()
    return row


def _route_row(plan: PlanRow, route: Route) -> PlanRoute:
    return PlanRoute(
        id=new_id("route"),
        tenant_id=plan.tenant_id,
        plan_id=plan.id,
        shift_id=route.shift_id,
        courier_id=route.courier_id,
        departs_at=route.departs_at,
        returns_at=route.returns_at,
        legs=[leg_to_json(leg) for leg in route.legs],
    )
