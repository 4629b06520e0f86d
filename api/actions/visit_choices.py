"""Why this courier: what a visit of the plan in force would cost with each of the others."""

from dataclasses import dataclass

from api.actions.day_loading import Day, load_day
from api.context import Caller, Services
from api.db import city_store, plan_store
from api.errors import ConflictError, NotFoundError
from routing.planning import make_problem
from routing.replanning import replan_inputs
from routing.visit_choices import Choice, explain_visit


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitChoices:
    """The choices for one visit, the cheapest first, and the order it is for."""

    visit_id: str
    order_id: str
    order_no: str
    choices: tuple[Choice, ...]


def list_choices(services: Services, caller: Caller, plan_id: str, visit_id: str) -> VisitChoices:
    """
    Every shift as a choice for one visit that is still to be made.

    Raises
    ------
    NotFoundError
        When the plan is unknown, or the visit is in none of its routes.
    ConflictError
        When another version is in force, or the visit is done.
    """
    now = services.clock.now()
    with services.db.read() as session:
        row = plan_store.get_plan(session, caller.tenant_id, plan_id)
        city = city_store.get_city_by_id(session, caller.tenant_id, row.city_id)
        day = load_day(session, city, row.on_date, now)
    if day.plan_row is None or day.plan_row.id != plan_id:
        raise ConflictError("another version of this plan is in force; ask for its choices")
    order_id = _order_of(day, visit_id)
    if any(visit_id in courier.done_visit_ids for courier in day.couriers.values()):
        raise ConflictError("this visit is done; there is nothing left to choose")
    inputs = replan_inputs(day.inputs(), day.plan, day.couriers)
    profiles = {shift.vehicle_profile for shift in inputs.shifts}
    roads = services.roads.get(city.slug, profiles.pop() if len(profiles) == 1 else "car")
    problem, _ = make_problem(inputs, roads)
    choices = explain_visit(problem, day.plan, visit_id)
    return VisitChoices(visit_id=visit_id, order_id=order_id, order_no=day.orders[order_id].order_no, choices=choices)


def _order_of(day: Day, visit_id: str) -> str:
    for route in day.plan.routes:
        for visit in route.visits:
            if visit.visit_id == visit_id:
                return visit.order_id
    raise NotFoundError("there is no such visit in the routes of this plan")
