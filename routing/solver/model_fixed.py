"""What is decided before the model begins: the frozen part of each route, as the model has to start from it."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from routing.eligibility import FreeStart
from routing.order import LOAD_DIMENSIONS
from routing.plan import HaltKind, Leg
from routing.problem import RoutingProblem
from routing.route_building import build_route, depot_by_id, route_cost, work_s
from routing.stop import Stop, StopKind


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedPart:
    """
    The frozen visits of one shift, up to leaving the last of them: nothing when there are none.

    `cost` is in units of `CostWeights`; for a closed shift it is that of the whole route. `on_board` (what stays in the
    vehicle) and `most_on_board` are by load dimension, without goods for later visits.
    """

    departs_at: datetime
    cost: float = 0.0
    distance_m: int = 0
    work_s: int = 0
    left_at: dict[str, datetime] = field(default_factory=dict)
    break_ids: frozenset[str] = frozenset()
    on_board: tuple[int, ...] = (0,) * len(LOAD_DIMENSIONS)
    most_on_board: tuple[int, ...] = (0,) * len(LOAD_DIMENSIONS)


def fixed_part(problem: RoutingProblem, start: FreeStart) -> FixedPart:
    """The frozen part of this shift's route, its cost and what of the shift's limits it uses up."""
    if not start.frozen:
        return FixedPart(departs_at=start.free_at)
    shift = start.shift
    route = build_route(problem, shift, start.frozen)
    if not start.closed:
        route = replace(route, legs=(*route.legs[:-1], Leg(distance_m=0, duration_s=0)))
    stops = [problem.stops[index] for index in start.frozen]
    by_id = {stop.visit_id: stop for stop in stops}
    profiles = [_on_board(stops, name) for name in LOAD_DIMENSIONS]
    return FixedPart(
        departs_at=route.departs_at,
        cost=route_cost(route, shift, problem.weights, by_id, depot_by_id(problem.depots)),
        distance_m=sum(leg.distance_m for leg in route.legs),
        work_s=round(work_s(route)),
        left_at={visit.visit_id: visit.leaves_at for visit in route.visits},
        break_ids=frozenset(halt.name for leg in route.legs for halt in leg.halts if halt.kind is HaltKind.BREAK),
        on_board=tuple(last for last, _ in profiles),
        most_on_board=tuple(most for _, most in profiles),
    )


def load_change(stop: Stop, name: str) -> int:
    """What is on board after the stop less what was before; cash is taken at the door and kept."""
    amount: int = getattr(stop.load, name)
    takes_away = stop.kind is StopKind.DROPOFF or is_loaded_for(stop, name)
    return -amount if takes_away else amount


def is_loaded_for(stop: Stop, name: str) -> bool:
    """Whether this load of the stop is on board from the start of the trip."""
    return stop.kind is StopKind.DELIVERY and name != "cash_minor"


def _on_board(stops: list[Stop], name: str) -> tuple[int, int]:
    on_board = most = sum(getattr(stop.load, name) for stop in stops if is_loaded_for(stop, name))
    for stop in stops:
        on_board += load_change(stop, name)
        most = max(most, on_board)
    return on_board, most
