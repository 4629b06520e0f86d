from dataclasses import replace
from datetime import timedelta

import pytest

from routing.fleet import Locker
from routing.order import Load
from routing.plan import HaltKind
from routing.plan_check import check
from routing.stop import LoadsAfter, StopKind
from tests.routing.builders import at, make_depot, make_plan, make_problem, make_shift, make_stop, place


def codes(problem, plan):
    return [violation.code for violation in check(problem, plan)]


def pair(name="p", load=None, **changes):
    load = load or Load(items=1)
    pickup = make_stop(f"{name}-from", place(300), kind=StopKind.PICKUP, load=load, **changes)
    dropoff = make_stop(f"{name}-to", place(600), kind=StopKind.DROPOFF, pickup_visit_id=f"{name}-from", load=load)
    return [pickup, dropoff]


def two_trips(stop_changes=(), depot_service_s=120, room=1, **shift):
    stops = [make_stop("a", place(600)), make_stop("b", place(300), **dict(stop_changes))]
    shifts = [make_shift(capacity=Load(items=room), max_trips=2, **shift)]
    problem = make_problem(stops, shifts, [make_depot(service_s=depot_service_s)])
    return problem, make_plan(problem, {"s1": ("a", "b")}, {"s1": (1,)})


def with_halt(plan, leg_number, **changes):
    route = plan.routes[0]
    legs = list(route.legs)
    halts = tuple(replace(halt, **changes) for halt in legs[leg_number].halts)
    legs[leg_number] = replace(legs[leg_number], halts=halts)
    return replace(plan, routes=(replace(route, legs=tuple(legs)),))


def test_a_courier_reloads_between_two_trips():
    problem, plan = two_trips()

    leg = plan.routes[0].legs[1]
    assert (leg.duration_s, leg.distance_m, leg.elapsed_s) == (900, 9_000, 1_020)
    assert [(halt.kind, halt.name, halt.duration_s) for halt in leg.halts] == [(HaltKind.RELOAD, "main", 120)]
    assert codes(problem, plan) == []


def test_without_the_reload_the_same_vehicle_is_too_small():
    problem, _ = two_trips()

    assert codes(problem, make_plan(problem, {"s1": ("a", "b")})) == ["capacity"]


@pytest.mark.parametrize(("most", "expected"), [(3, []), (2, []), (1, ["max_trips"])])
def test_there_are_not_more_trips_than_the_shift_allows(most, expected):
    problem, plan = two_trips()

    shifts = (replace(problem.shifts[0], max_trips=most),)
    assert codes(replace(problem, shifts=shifts), plan) == expected


@pytest.mark.parametrize(("service_s", "expected"), [(119, []), (120, []), (121, ["reload_time"])])
def test_a_reload_takes_as_long_as_the_depot_needs(service_s, expected):
    problem, plan = two_trips()
    later = tuple(replace(shift, starts_at=at(8)) for shift in problem.shifts)

    found = codes(replace(problem, shifts=later, depots=(make_depot(service_s=service_s),)), plan)

    assert found == expected


def test_a_reload_is_at_the_depot_of_the_shift_and_begins_on_arriving():
    problem, plan = two_trips()
    begins_at = plan.routes[0].legs[1].halts[0].starts_at

    assert "reload_depot" in codes(problem, with_halt(plan, 1, name="other"))
    assert codes(problem, with_halt(plan, 1, starts_at=begins_at - timedelta(seconds=1))) == ["halt_time"]


def test_only_a_courier_who_starts_at_a_depot_reloads():
    problem, _ = two_trips(home_point=place(0))

    assert "reload_forbidden" in codes(problem, make_plan(problem, {"s1": ("a", "b")}, {"s1": (1,)}))


@pytest.mark.parametrize(
    ("ready_at", "leaves_at"), [(at(9), at(9, 31)), (at(9, 31), at(9, 31)), (at(9, 35), at(9, 35))]
)
def test_the_second_trip_waits_at_the_depot_until_its_goods_are_ready(ready_at, leaves_at):
    problem, plan = two_trips({"ready_at": ready_at}.items(), depot_service_s=240)

    halt = plan.routes[0].legs[1].halts[0]
    assert halt.starts_at + timedelta(seconds=halt.duration_s) == leaves_at
    assert codes(problem, plan) == []


def test_goods_that_are_ready_only_after_their_trip_has_left_are_found():
    problem, plan = two_trips()
    reload = plan.routes[0].legs[1].halts[0]
    leaves_at = reload.starts_at + timedelta(seconds=reload.duration_s)

    for ready_at, expected in [(leaves_at, []), (leaves_at + timedelta(seconds=1), ["ready_at"])]:
        stops = (problem.stops[0], replace(problem.stops[1], ready_at=ready_at))
        assert codes(replace(problem, stops=stops), plan) == expected


@pytest.mark.parametrize(
    ("kinds", "room", "expected"),
    [
        ((StopKind.DELIVERY, StopKind.DELIVERY), 2, []),
        ((StopKind.DELIVERY, StopKind.DELIVERY), 1, ["capacity"]),
        ((StopKind.DELIVERY, StopKind.COLLECTION), 1, []),
        ((StopKind.COLLECTION, StopKind.DELIVERY), 2, []),
        ((StopKind.COLLECTION, StopKind.DELIVERY), 1, ["capacity"]),
        ((StopKind.COLLECTION, StopKind.COLLECTION), 1, ["capacity"]),
    ],
)
def test_what_is_delivered_makes_room_for_what_is_collected_later(kinds, room, expected):
    stops = [make_stop(name, kind=kind) for name, kind in zip("ab", kinds, strict=True)]
    problem = make_problem(stops, [make_shift(capacity=Load(items=room))])

    assert codes(problem, make_plan(problem, {"s1": ("a", "b")})) == expected


@pytest.mark.parametrize(("room", "expected"), [(21, []), (20, []), (19, ["capacity"])])
def test_cash_taken_at_the_doors_adds_up(room, expected):
    kinds = {"a": StopKind.DELIVERY, "b": StopKind.COLLECTION}
    stops = [make_stop(name, kind=kind, load=Load(cash_minor=10)) for name, kind in kinds.items()]
    problem = make_problem(stops, [make_shift(capacity=Load(items=10, cash_minor=room))])

    assert codes(problem, make_plan(problem, {"s1": ("a", "b")})) == expected


@pytest.mark.parametrize(
    ("sequences", "reloads", "expected"),
    [
        ({"s1": ("p-from", "p-to")}, (), []),
        ({}, (), []),
        ({"s1": ("p-to", "p-from")}, (), ["pair_order"]),
        ({"s1": ("p-from",)}, (), ["pair_torn"]),
        ({"s1": ("p-to",)}, (), ["pair_torn"]),
        ({"s1": ("p-from",), "s2": ("p-to",)}, (), ["pair_torn"]),
        ({"s1": ("p-from", "p-to")}, (1,), ["pair_trip"]),
    ],
)
def test_a_pair_is_in_one_trip_and_in_order(sequences, reloads, expected):
    problem = make_problem(pair(), [make_shift(max_trips=2), make_shift("s2")])

    assert codes(problem, make_plan(problem, sequences, {"s1": reloads})) == expected


def test_two_pairs_one_after_the_other_need_room_for_one():
    stops = pair("p") + pair("q")
    problem = make_problem(stops, [make_shift(capacity=Load(items=1))])

    assert codes(problem, make_plan(problem, {"s1": ("p-from", "p-to", "q-from", "q-to")})) == []
    assert codes(problem, make_plan(problem, {"s1": ("p-from", "q-from", "p-to", "q-to")})) == ["capacity"]


def chain(gap_s=0):
    fetch = pair("fetch", load=Load())
    back = make_stop("back", place(300), loads_after=LoadsAfter(visit_id="fetch-to", gap_s=gap_s))
    return [*fetch, back]


def test_what_is_brought_is_loaded_by_another_courier_after_the_gap():
    problem = make_problem(chain(gap_s=600), [make_shift(), make_shift("s2")])

    plan = make_plan(problem, {"s1": ("fetch-from", "fetch-to"), "s2": ("back",)})

    brought_at = plan.routes[0].visits[1].leaves_at
    assert plan.routes[1].departs_at == brought_at + timedelta(seconds=600)
    assert codes(problem, plan) == []
    sooner = make_problem(chain(gap_s=601), [make_shift(), make_shift("s2")])
    assert codes(sooner, plan) == ["loads_after"]


def test_the_same_courier_brings_a_parcel_and_takes_it_on_in_his_next_trip():
    problem = make_problem(chain(gap_s=3_600), [make_shift(max_trips=2)])

    plan = make_plan(problem, {"s1": ("fetch-from", "fetch-to", "back")}, {"s1": (2,)})

    reload = plan.routes[0].legs[2].halts[0]
    assert reload.starts_at + timedelta(seconds=reload.duration_s) == plan.routes[0].visits[1].leaves_at + timedelta(
        hours=1
    )
    assert codes(problem, plan) == []


def test_a_parcel_is_not_delivered_when_nobody_brings_it():
    problem = make_problem(chain())

    assert codes(problem, make_plan(problem, {"s1": ("back",)})) == ["not_brought"]


@pytest.mark.parametrize(
    ("free_cells", "sizes", "expected"),
    [
        ((1, 1), (0, 0), []),
        ((2, 0), (0, 0), []),
        ((0, 2), (0, 1), []),
        ((1, 1), (1, 0), []),
        ((2, 0), (0, 1), ["locker_full"]),
        ((1, 0), (0, 0), ["locker_full"]),
        ((5, 1), (1, 1), ["locker_full"]),
    ],
)
def test_every_order_to_a_locker_finds_a_cell_that_is_large_enough(free_cells, sizes, expected):
    stops = [make_stop(f"v{n}", locker_id="box", cell_size=size) for n, size in enumerate(sizes)]
    problem = make_problem(stops, lockers=(Locker(locker_id="box", free_cells=free_cells),))

    assert codes(problem, make_plan(problem, {"s1": ("v0", "v1")})) == expected


def test_an_order_that_stays_out_takes_no_cell():
    stops = [make_stop(name, locker_id="box") for name in "ab"]
    problem = make_problem(stops, lockers=(Locker(locker_id="box", free_cells=(1,)),))

    assert codes(problem, make_plan(problem, {"s1": ("a",)})) == []
