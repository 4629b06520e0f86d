"""A solved VROOM problem in VROOM's own shape of an answer: summary, routes with steps, unassigned."""

from collections.abc import Mapping
from datetime import datetime
from itertools import zip_longest
from typing import Any

from routing.fleet import Shift
from routing.formats.plan_answer import cost_of, distance_of
from routing.formats.reading import ReadProblem
from routing.formats.vroom_vehicles import ANYWHERE_ID
from routing.plan import Leg, Plan, Route, Visit
from routing.route_building import routes_cost
from routing.stop import Stop, StopKind

_TYPES = {
    StopKind.DELIVERY: "job",
    StopKind.COLLECTION: "job",
    StopKind.PICKUP: "pickup",
    StopKind.DROPOFF: "delivery",
}

_SUMS = ("setup", "service", "duration", "waiting_time", "priority")


def vroom_answer(read: ReadProblem, plan: Plan) -> dict[str, Any]:
    """The answer as VROOM writes it; times are the file's seconds, locations only where the file has coordinates."""
    stops = {stop.visit_id: stop for stop in read.problem.stops}
    shifts = {shift.shift_id: shift for shift in read.problem.shifts}
    routes = [_route(read, route, shifts[route.shift_id], stops) for route in plan.routes]
    unassigned = [{**_task(read, stops[one.visit_id]), "description": one.message} for one in plan.unassigned]
    summary: dict[str, Any] = {
        "cost": cost_of(read, plan),
        "routes": len(routes),
        "unassigned": len(unassigned),
        **{name: sum(route[name] for route in routes) for name in _SUMS},
        "distance": distance_of(read, plan),
        "violations": [],
        "computing_times": {"solving": round(plan.provenance.elapsed_s * 1000)},
    }
    return {"code": 0, "summary": summary, "unassigned": unassigned, "routes": routes}


def _route(read: ReadProblem, route: Route, shift: Shift, stops: Mapping[str, Stop]) -> dict[str, Any]:
    starts_anywhere = shift.start_depot_id == ANYWHERE_ID
    steps = [] if starts_anywhere else [{**_NO_WORK, "type": "start", "arrival": _second(route.departs_at)}]
    driven_s, left_at = 0, route.departs_at
    for leg, visit in zip_longest(route.legs, route.visits):
        steps += _break_steps(leg, left_at, driven_s)
        driven_s += leg.duration_s
        if visit is not None:
            steps.append(_visit_step(read, visit, stops[visit.visit_id], driven_s))
            left_at = visit.leaves_at
    if not shift.ends_anywhere:
        steps.append({**_NO_WORK, "type": "end", "arrival": _second(route.returns_at), "duration": driven_s})
    return {
        "vehicle": int(shift.shift_id.removeprefix("vehicle ")),
        "cost": routes_cost(read.problem, [route], ()),
        "setup": sum(step["setup"] for step in steps),
        "service": sum(step["service"] for step in steps),
        "duration": driven_s,
        "waiting_time": sum(step["waiting_time"] for step in steps),
        "priority": sum(stops[visit.visit_id].priority for visit in route.visits),
        "distance": read.distance([route]),
        "steps": steps,
        "violations": [],
    }


def _break_steps(leg: Leg, left_at: datetime, driven_s: int) -> list[dict[str, Any]]:
    steps, rested_s = [], 0
    for halt in leg.halts:
        under_way_s = int((halt.starts_at - left_at).total_seconds()) - rested_s
        steps.append(
            {
                **_NO_WORK,
                "type": "break",
                "id": int(halt.name.removeprefix("break ")),
                "arrival": _second(halt.starts_at),
                "duration": driven_s + min(under_way_s, leg.duration_s),
                "service": halt.duration_s,
            }
        )
        rested_s += halt.duration_s
    return steps


_NO_WORK: Mapping[str, Any] = {"duration": 0, "setup": 0, "service": 0, "waiting_time": 0, "violations": []}


def _visit_step(read: ReadProblem, visit: Visit, stop: Stop, driven_s: int) -> dict[str, Any]:
    return {
        **_NO_WORK,
        **_task(read, stop),
        "arrival": _second(visit.arrives_at),
        "duration": driven_s,
        "setup": visit.setup_s,
        "service": stop.service_s,
        "waiting_time": visit.wait_s,
    }


def _task(read: ReadProblem, stop: Stop) -> dict[str, Any]:
    task = {"type": _TYPES[stop.kind], "id": int(stop.visit_id.partition(" ")[2])}
    return {**task, "location": [stop.point.lon, stop.point.lat]} if read.has_coordinates else task


def _second(at: datetime) -> int:
    """The file's second: its horizon starts at 1970 or at its first timestamp."""
    return int(at.timestamp())
