"""
A plan in progress of about 1,000 stops with 40 % locked, on real streets where there are any.

Couriers of the first wave are on the road: what they carry is bound to them, and they can take nothing more but what is
collected. Those of the second wave still load; the first visits of every route are locked, 40 % of all stops together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random

import numpy as np
from numpy.typing import NDArray

from benchmarks.city.streets import CENTRES, City, reachable_places
from routing.added_stop import PointTravel, known_stop
from routing.fleet import Depot, Shift
from routing.order import Load, TimeWindow
from routing.problem import RoutingProblem, node_points
from routing.roads import RoadNetwork, StraightLineRoads
from routing.route_timing import time_route
from routing.solver.live_exact import Bonds
from routing.solver.live_places import best_place
from routing.solver.live_plan import LivePlan, assembled, live_plan, live_route
from routing.stop import Stop, StopKind
from routing.travel_matrix import TravelMatrix
from zones.lonlat import LonLat

DAY = datetime(2026, 11, 23, tzinfo=UTC)
STOPS, LOCKED_SHARE, NEW, SHIFTS = 1_015, 0.4, 200, 66
DEPOTS = 3
_RADIUS_M = 9_000.0
_NO_BONDS = Bonds(not_before={}, leave_by={})


@dataclass(frozen=True, slots=True, eq=False)
class Drives:
    """Driving seconds and metres between all places of a day, those of orders still to come among them."""

    number_of: Mapping[LonLat, int]
    durations_s: NDArray[np.int32]
    distances_m: NDArray[np.int32]
    source: str

    def matrix(self, points: Sequence[LonLat]) -> TravelMatrix:
        """The part of the table for these points."""
        part = np.ix_(self._numbers(points), self._numbers(points))
        return TravelMatrix(self.durations_s[part], self.distances_m[part], self.source)

    def travel(self, problem: RoutingProblem, point: LonLat) -> PointTravel:
        """What `routing.added_stop.point_travel` would ask the streets for."""
        rows, own = self._numbers(node_points(problem.depots, problem.stops, problem.shifts)), self.number_of[point]
        return PointTravel(
            self.durations_s[rows, own],
            self.distances_m[rows, own],
            self.durations_s[own, rows],
            self.distances_m[own, rows],
        )

    def _numbers(self, points: Sequence[LonLat]) -> list[int]:
        return [self.number_of[point] for point in points]


@dataclass(frozen=True, slots=True, eq=False)
class RunningDay:
    """A plan in progress, the streets it is on, and stops that are still to come; `locked` counts its locked visits."""

    plan: LivePlan
    roads: RoadNetwork
    drives: Drives
    new: tuple[Stop, ...]
    locked: int


def running_day(city: City | None, seed: int, stops: int = STOPS, new: int = NEW, shifts: int = SHIFTS) -> RunningDay:
    """Make the day; without a city its places are random points and its streets straight lines."""
    rng = Random(f"running day {seed}")  # noqa: S311 - a day, not a secret
    roads: RoadNetwork = StraightLineRoads() if city is None else city.roads
    drives = _drives(city, rng, stops + new + DEPOTS)
    places = list(drives.number_of)
    depots = tuple(Depot(depot_id=f"d{n}", name=f"d{n}", point=places[n], service_s=300) for n in range(DEPOTS))
    all_stops = tuple(_stop(rng, f"v{n}", places[DEPOTS + n]) for n in range(stops))
    all_shifts = tuple(_shift(rng, n, depots) for n in range(shifts))
    problem = RoutingProblem(
        horizon_start=DAY,
        depots=depots,
        stops=all_stops,
        shifts=all_shifts,
        matrix=drives.matrix(node_points(depots, all_stops, all_shifts)),
    )
    running = _under_way(_planned(problem), LOCKED_SHARE)
    later = [_stop(rng, f"n{n}", places[DEPOTS + stops + n], second_wave=True) for n in range(new)]
    locked = sum(len(one.start.frozen) for one in running.routes)
    return RunningDay(running, roads, drives, tuple(later), locked)


def _drives(city: City | None, rng: Random, count: int) -> Drives:
    """Places, each once, and the table of all of them."""
    if city is not None:
        # Streets meet, so some places are drawn twice.
        near = reachable_places(city, rng, CENTRES[city.name], _RADIUS_M, count + count // 10)
        numbers = {place: number for number, place in enumerate(near.places)}
        if len(numbers) < count:
            raise ValueError(f"expected {count} different places in {city.name}, found {len(numbers)}")
        return Drives(dict(islice(numbers.items(), count)), near.durations_s, near.distances_m, city.roads.source)
    centre = CENTRES["porto"]
    places = [LonLat(lon=rng.gauss(centre.lon, 0.04), lat=rng.gauss(centre.lat, 0.03)) for _ in range(count)]
    matrix = StraightLineRoads().matrix(places)
    numbers = {place: number for number, place in enumerate(places)}
    return Drives(numbers, matrix.durations_s, matrix.distances_m, matrix.source)


def _stop(rng: Random, name: str, point: LonLat, *, second_wave: bool = False) -> Stop:
    width = rng.randint(1, 4)
    opens_at = DAY + timedelta(hours=rng.randint(28 if second_wave else 16, 40 - 2 * width) / 2)
    skills = rng.choices((frozenset[str](), frozenset({"cold_box"}), frozenset({"card_terminal"})), (75, 10, 15))[0]
    return Stop(
        visit_id=name,
        order_id=f"o{name}",
        point=point,
        kind=StopKind.COLLECTION if rng.random() < 0.1 else StopKind.DELIVERY,
        windows=(TimeWindow(opens_at, opens_at + timedelta(hours=width)),),
        service_s=rng.randint(4, 10) * 30,
        load=Load(items=1, weight_g=rng.randint(500, 8_000), volume_ml=rng.randint(500, 20_000)),
        required_skills=skills,
    )


def _shift(rng: Random, number: int, depots: Sequence[Depot]) -> Shift:
    depot_id = depots[number % len(depots)].depot_id
    late = number // len(depots) % 2 == 1
    starts_at = DAY + timedelta(hours=13 if late else 8)
    skills = (frozenset({"card_terminal"}), frozenset({"cold_box", "card_terminal"}), frozenset[str]())
    return Shift(
        shift_id=f"s{number}",
        courier_id=f"c{number}",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=8),
        start_depot_id=depot_id,
        end_depot_id=depot_id,
        capacity=Load(items=30, weight_g=rng.choice((90_000, 150_000)), volume_ml=400_000, cash_minor=1_000_000),
        skills=skills[number // 2 % len(skills)],
    )


def _planned(problem: RoutingProblem) -> LivePlan:
    """Every stop at its cheapest place, one after another, those with the earliest windows first."""
    plan = live_plan(problem, {})
    order = sorted(range(len(problem.stops)), key=lambda index: problem.stops[index].windows[0].closes_at)
    for index in order:
        place = best_place(plan, known_stop(problem, index))
        if place is None:
            continue
        routes = list(plan.routes)
        old = routes[place.number]
        sequence = (*old.sequence[: place.position], index, *old.sequence[place.position :])
        routes[place.number] = live_route(problem, old.start, sequence, (), _NO_BONDS)
        plan = assembled(problem, routes, plan.bonds)
    return plan


def _under_way(plan: LivePlan, locked_share: float) -> LivePlan:
    """The plan at noon: the first wave is on the road and mostly locked, the second partly."""
    problem, sequences = plan.problem, plan.sequences()
    placed = sum(len(one) for one in sequences.values())
    early = {shift.shift_id for shift in problem.shifts if shift.starts_at.hour < 12}
    in_early = sum(len(sequence) for shift_id, sequence in sequences.items() if shift_id in early)
    share_early = min(0.7, locked_share * placed / max(in_early, 1))
    share_late = max(0.0, locked_share * placed - share_early * in_early) / max(placed - in_early, 1)
    shifts, stops = list(problem.shifts), list(problem.stops)
    for number, shift in enumerate(shifts):
        sequence = sequences.get(shift.shift_id, ())
        count = round(len(sequence) * (share_early if shift.shift_id in early else share_late))
        frozen = tuple(stops[index].visit_id for index in sequence[:count])
        shifts[number] = replace(shift, frozen_visit_ids=frozen)
        if shift.shift_id in early and sequence:
            depot = problem.depots[problem.depot_node(shift.start_depot_id)]
            timed = time_route(problem, shift, sequence)
            if timed is None:
                raise ValueError(f"the route of {shift.shift_id} cannot be driven")
            shifts[number] = replace(shifts[number], start_point=depot.point, available_at=timed.departs_at)
            for index in sequence:
                stops[index] = replace(stops[index], only_shift_id=shift.shift_id)
    served = sorted(index for sequence in sequences.values() for index in sequence)
    renumbered = {old: new for new, old in enumerate(served)}
    kept = tuple(stops[index] for index in served)
    first = len(problem.depots)
    rows = [*range(first), *(first + index for index in served)]
    starts = [problem.depot_node(shift.start_depot_id) for shift in shifts if shift.start_point is not None]
    part = np.ix_([*rows, *starts], [*rows, *starts])
    matrix = TravelMatrix(problem.matrix.durations_s[part], problem.matrix.distances_m[part], problem.matrix.source)
    return live_plan(
        replace(problem, stops=kept, shifts=tuple(shifts), matrix=matrix),
        {shift_id: tuple(renumbered[index] for index in sequence) for shift_id, sequence in sequences.items()},
    )
