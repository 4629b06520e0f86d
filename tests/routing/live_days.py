"""Small random plans in progress, and the best place for one more stop by trying every one."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random

from routing.errors import ProblemError
from routing.fleet import Break, Shift
from routing.order import Load
from routing.plan import Plan, Provenance
from routing.plan_check import check
from routing.problem import CostWeights, RoutingProblem
from routing.route_building import build_route, depot_by_id, route_cost
from routing.stop import SoftWindow, Stop, StopKind
from routing.travel_matrix import HourFactors, LegStarts
from tests.routing.builders import DAY, at, make_depot, make_problem, make_shift, make_stop, place, window

WEIGHTS = CostWeights(per_km=30, per_wait_s=0.7, per_foreign_stop=333)


def random_stop(rng: Random, name: str) -> Stop:
    """A stop somewhere, with some of all that a stop may ask for."""
    stop = make_stop(
        name,
        place(rng.randint(-15, 15) * 60, rng.randint(-15, 15) * 60),
        service_s=rng.choice((60, 300, 900)),
        setup_s=rng.choice((0, 0, 120)),
        load=Load(items=rng.randint(1, 3), cash_minor=rng.choice((0, 2_000))),
        kind=StopKind.COLLECTION if rng.random() < 0.2 else StopKind.DELIVERY,
        zone_id=rng.choice((None, "north", "south")),
    )
    if rng.random() < 0.15:
        stop = replace(stop, required_skills=frozenset({"cold_box"}))
    if rng.random() < 0.15:
        stop = replace(stop, ready_at=at(9) + timedelta(minutes=rng.randint(0, 120)))
    if rng.random() < 0.15:
        opens_at = at(9) + timedelta(minutes=rng.randint(0, 400))
        closes_at = opens_at + timedelta(minutes=30)
        stop = replace(stop, soft_window=SoftWindow(opens_at=opens_at, closes_at=closes_at, per_early_min=9))
    return replace(stop, windows=_windows(rng))


def _windows(rng: Random) -> tuple[object, ...]:
    opened, hour = [], 9.0
    for _ in range(rng.choice((0, 1, 1, 2))):
        hour += rng.random() * 3
        opens_at = DAY + timedelta(seconds=int(hour * 3600))
        hour += 0.5 + rng.random() * 2
        opened.append(window(opens_at, DAY + timedelta(seconds=int(hour * 3600))))
        hour += 0.3
    return tuple(opened)


def random_shift(rng: Random, name: str) -> Shift:
    """A shift with some of all that a shift may have."""
    shift = make_shift(
        name,
        starts_at=at(rng.choice((8, 9, 10))),
        ends_at=at(rng.choice((14, 18))),
        capacity=Load(items=rng.randint(6, 14), cash_minor=8_000),
        skills=frozenset({"cold_box"}) if rng.random() < 0.5 else frozenset(),
        allowed_zone_ids=frozenset({"north"}) if rng.random() < 0.2 else None,
        home_zone_ids=frozenset({"south"}) if rng.random() < 0.3 else None,
        ends_anywhere=rng.random() < 0.2,
    )
    rare = rng.random()
    if rare < 0.15:
        shift = replace(shift, breaks=(Break(break_id="b", opens_at=at(11), closes_at=at(13), duration_s=1800),))
    elif rare < 0.3:
        shift = replace(shift, max_route_s=4 * 3600)
    elif rare < 0.4:
        shift = replace(shift, max_trips=2)
    elif rare < 0.5:
        shift = replace(shift, start_point=place(100, 200), available_at=at(10, 5))
    elif rare < 0.6:
        shift = replace(shift, end_point=place(-300, 60), max_distance_m=60_000, max_stops=5)
    elif rare < 0.65:
        shift = replace(shift, home_point=place(240, -60))
    return shift


def random_day(rng: Random, stops: int = 9, shifts: int = 3) -> tuple[RoutingProblem, dict, dict]:  # type: ignore[type-arg]
    """A problem with feasible sequences and reloads; parts of the sequences are locked."""
    all_stops = [random_stop(rng, f"v{number}") for number in range(stops)]
    all_shifts = [random_shift(rng, f"s{number}") for number in range(shifts)]
    factors = (
        HourFactors((at(8), at(11), at(15)), (1.2, 0.8, 1.4), LegStarts(rng.choice([0.0, 75.0]), 1.2))
        if rng.random() < 0.1
        else None
    )
    bound = {shift.shift_id for shift in all_shifts if shift.on_the_road}
    sequences: dict[str, tuple[int, ...]] = {}
    reloads: dict[str, tuple[int, ...]] = {}
    for index in range(stops):
        shift = rng.choice(all_shifts)
        shift_id = shift.shift_id
        if shift_id in bound:
            all_stops[index] = replace(all_stops[index], only_shift_id=shift_id)
        problem = make_problem(all_stops, all_shifts, [make_depot(service_s=300)], WEIGHTS, hour_factors=factors)
        old = sequences.get(shift_id, ())
        tried = (*old, index)
        if shift.max_trips == 2 and len(old) >= 2 and shift_id not in reloads and rng.random() < 0.5:
            reloads[shift_id] = (len(old),)
        if cost_of(problem, shift, tried, reloads.get(shift_id, ())) is not None:
            sequences[shift_id] = tried
        elif reloads.get(shift_id) == (len(old),):
            del reloads[shift_id]
    for number, shift in enumerate(all_shifts):
        own = sequences.get(shift.shift_id, ())
        if not reloads.get(shift.shift_id) and own and rng.random() < 0.6:
            frozen = tuple(all_stops[index].visit_id for index in own[: rng.randint(1, len(own))])
            all_shifts[number] = replace(shift, frozen_visit_ids=frozen)
    problem = make_problem(all_stops, all_shifts, [make_depot(service_s=300)], WEIGHTS, hour_factors=factors)
    return problem, sequences, reloads


def cost_of(
    problem: RoutingProblem, shift: Shift, sequence: tuple[int, ...], reloads: tuple[int, ...] = ()
) -> float | None:
    """What a route costs; None when `plan_check` finds anything wrong with it."""
    try:
        route = build_route(problem, shift, sequence, reloads)
    except ProblemError:
        return None
    plan = Plan(
        routes=(route,),
        unassigned=(),
        provenance=Provenance(engine="test", time_limit_s=0, seed=0, matrix_source="grid"),
    )
    wrong = [one for one in check(problem, plan) if one.code not in ("visit_missing", "frozen_prefix", "ordered_shift")]
    own_wrong = [one for one in check(problem, plan) if one.code == "frozen_prefix" and one.where == shift.shift_id]
    if wrong or own_wrong:
        return None
    stops = {stop.visit_id: stop for stop in problem.stops}
    return route_cost(route, shift, problem.weights, stops, depot_by_id(problem.depots))


def best_by_trying(
    problem: RoutingProblem,
    sequences: Mapping[str, tuple[int, ...]],
    reloads: Mapping[str, tuple[int, ...]],
    stop_index: int,
) -> tuple[int, str, tuple[int, ...]] | None:
    """Added cost, shift and sequence of the cheapest place; the first of equal ones."""
    best: tuple[int, str, tuple[int, ...]] | None = None
    for shift in problem.shifts:
        old, halts = sequences.get(shift.shift_id, ()), reloads.get(shift.shift_id, ())
        old_cost = cost_of(problem, shift, old, halts) if old else 0.0
        if old_cost is None:
            continue
        locked = len(shift.frozen_visit_ids)
        for position in range(len(shift.frozen_visit_ids), len(old) + 1):
            sequence = (*old[:position], stop_index, *old[position:])
            ways = {tuple(one + (one >= position) for one in halts)}
            if position in halts:
                ways.add(tuple(one + (one > position) for one in halts))
            for way in sorted(ways, reverse=True):
                cost = cost_of(problem, shift, sequence, way)
                if cost is None:
                    continue
                if (
                    locked
                    and build_route(problem, shift, sequence, way).visits[:locked]
                    != (build_route(problem, shift, old, halts).visits[:locked])
                ):
                    continue
                added = round(cost - old_cost)
                if best is None or added < best[0]:
                    best = (added, shift.shift_id, sequence)
    return best
