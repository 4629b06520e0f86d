from datetime import timedelta
from typing import Any

import pytest

from routing.fleet import Break, Locker, ShiftCosts
from routing.order import Load
from routing.problem_check import (
    InputProblem,
    Places,
    ProblemInputError,
    ProblemParts,
    Severity,
    find_problems,
)
from routing.stop import LoadsAfter, StopKind
from tests.routing.builders import DAY, at, make_depot, make_shift, make_stop, window


def found(**changes: Any) -> list[tuple[str, str]]:
    parts: dict[str, Any] = {
        "depots": [make_depot()],
        "stops": [make_stop("a")],
        "shifts": [make_shift()],
        "horizon_start": DAY,
        **changes,
    }
    return [(one.code, one.where) for one in find_problems(ProblemParts(**parts))]


def test_a_sound_problem_has_no_problems() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"shifts": []}, [("no_couriers", "file")]),
        ({"depots": [make_depot(), make_depot()]}, [("duplicate_id", "depots[1]")]),
        ({"stops": [make_stop("a"), make_stop("a")]}, [("duplicate_id", "stops[1]")]),
        ({"lockers": [Locker(locker_id="x", free_cells=())] * 2}, [("duplicate_id", "lockers[1]")]),
        ({"stops": [make_stop(depot_id="moon")]}, [("unknown_depot", "stops[0]")]),
        ({"shifts": [make_shift(start_depot_id="moon")]}, [("unknown_depot", "shifts[0]")]),
        ({"stops": [make_stop(only_shift_id="x")]}, [("unknown_shift", "stops[0]")]),
        ({"shifts": [make_shift(frozen_visit_ids=("x",))]}, [("unknown_visit", "shifts[0]")]),
        ({"stops": [make_stop(loads_after=LoadsAfter(visit_id="x"))]}, [("unknown_visit", "stops[0]")]),
        ({"stops": [make_stop(service_s=-1)]}, [("negative_service", "stops[0]")]),
        ({"stops": [make_stop(service_s=10**7)]}, [("service_too_long", "stops[0]")]),
        ({"stops": [make_stop(setup_s=10**7)]}, [("service_too_long", "stops[0]")]),
        ({"stops": [make_stop(load=Load(items=-1))]}, [("negative_amount", "stops[0]")]),
        ({"shifts": [make_shift(capacity=Load(items=9, weight_g=2**31))]}, [("amount_overflow", "shifts[0]")]),
        ({"shifts": [make_shift(starts_at=at(9), ends_at=at(9))], "stops": []}, [("no_time", "shifts[0]")]),
        ({"shifts": [make_shift(max_stops=-1)]}, [("negative_limit", "shifts[0]")]),
        (
            {"shifts": [make_shift(costs=ShiftCosts(per_route=0, per_hour=-1, per_km=0))]},
            [("negative_cost", "shifts[0]")],
        ),
        (
            {"shifts": [make_shift(breaks=(Break(break_id="b", opens_at=at(9), closes_at=at(8), duration_s=1),))]},
            [("broken_break", "shifts[0]")],
        ),
        (
            {"shifts": [make_shift(breaks=(Break(break_id="b", opens_at=at(19), closes_at=at(20), duration_s=1),))]},
            [("break_outside_shift", "shifts[0]")],
        ),
        (
            {"stops": [make_stop(windows=(window(at(9), at(11)), window(at(10), at(12))))]},
            [("windows_overlap", "stops[0]")],
        ),
        (
            {"stops": [make_stop(windows=(window(at(9), at(9) + timedelta(days=20_000)),))]},
            [("time_overflow", "stops[0]")],
        ),
    ],
)
def test_each_fault_has_a_code_and_a_place(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert found(**changes) == expected


def test_torn_and_unequal_pairs_are_found() -> None:
    up = make_stop("up", kind=StopKind.PICKUP)
    down = make_stop("down", kind=StopKind.DROPOFF, pickup_visit_id="up")
    other = make_stop("other", kind=StopKind.DROPOFF, pickup_visit_id="up")

    assert found(stops=[up, down]) == []
    assert found(stops=[up]) == [("pickup_without_delivery", "stops[0]")]
    assert found(stops=[down]) == [("delivery_without_pickup", "stops[0]")]
    assert found(stops=[up, down, other]) == [("two_deliveries", "stops[2]")]
    heavier = make_stop("down", kind=StopKind.DROPOFF, pickup_visit_id="up", load=Load(items=2))
    assert found(stops=[up, heavier]) == [("unequal_pair", "stops[1]")]


def test_orders_that_nobody_can_serve_are_warnings_at_the_edge_and_beyond() -> None:
    parts = ProblemParts(
        depots=[make_depot()],
        stops=[
            make_stop("edge", windows=(window(at(18), at(20)),), service_s=9 * 3600, load=Load(items=10)),
            make_stop("late", windows=(window(at(18, 0, 1), at(20)),)),
            make_stop("long", service_s=9 * 3600 + 1),
            make_stop("large", load=Load(items=11)),
            make_stop("cold", required_skills=frozenset({"cold"})),
        ],
        shifts=[make_shift()],
        horizon_start=DAY,
        places=Places(stops=["line 1", "line 2", "line 3", "line 4", "line 5"]),
    )

    problems = find_problems(parts)

    assert [(one.code, one.where) for one in problems] == [
        ("window_outside_shifts", "line 2"),
        ("service_longer_than_shifts", "line 3"),
        ("too_large", "line 4"),
        ("unknown_skill", "line 5"),
    ]
    assert {one.severity for one in problems} == {Severity.WARNING}


def test_errors_come_first_and_the_message_counts_them() -> None:
    warning = InputProblem(code="w", where="line 1", message="odd", severity=Severity.WARNING)
    error = InputProblem(code="e", where="line 2", message="wrong")

    raised = ProblemInputError([warning, error])

    assert raised.problems == (error, warning)
    assert str(raised) == "the problem has 1 error(s), first: error: line 2: wrong [e]"
